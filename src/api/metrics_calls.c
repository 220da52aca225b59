/* metrics_calls.c - /metrics, for Prometheus and its like
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/metrics_calls.h"

#include "api/routes.h"
#include "app/gateway.h"
#include "app/metrics.h"
#include "base/cx.h"
#include "http/response.h"

void
metrics_answer(struct call *call)
{
	bool open_metrics =
	    request_names_type(call->request, "application/openmetrics-text");

	call->response->status = 200;
	call->response->content_type =
	    open_metrics ? "application/openmetrics-text; version=1.0.0; "
			   "charset=utf-8"
			 : "text/plain; version=0.0.4; charset=utf-8";
	call->response->body =
	    metrics_write(call->gateway, call->cx, open_metrics);
}

enum fault
metrics_call(struct call *call)
{
	if (!call->gateway->tells_metrics)
		return fault_tell(
		    call->cx, FAULT_NO_ROUTE, "Metrics are off (metrics)");
	metrics_answer(call);
	return FAULT_NONE;
}
