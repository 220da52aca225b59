/*
 * commands.h - what the command line can do
 *
 * Layer  main
 * Gives  finding and running a command
 * Owns   nothing
 * Fails  the command's exit status: 0 done, 1 refused, 2 wrong usage
 *
 * Most commands are calls of the API, made without a network: the same
 * checks, the same answers, as text or with --json as they are.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MAIN_COMMANDS_H
#define MAIN_COMMANDS_H

struct config;
struct cx;

int commands_run(
    struct cx *cx, const struct config *config, int argc, char **argv);
void commands_print_help(void);

/* In serve.c, check.c, upkeep.c, store_commands.c and files of their own. */
int command_serve(
    struct cx *cx, const struct config *config, int argc, char **argv);
int command_settings_set(
    struct cx *cx, const struct config *config, int argc, char **argv);
int command_check(
    struct cx *cx, const struct config *config, int argc, char **argv);
int command_health(
    struct cx *cx, const struct config *config, int argc, char **argv);
int command_backup(
    struct cx *cx, const struct config *config, int argc, char **argv);
int command_restore(
    struct cx *cx, const struct config *config, int argc, char **argv);
int command_store_copy(
    struct cx *cx, const struct config *config, int argc, char **argv);
int command_secret_rotate(
    struct cx *cx, const struct config *config, int argc, char **argv);
int command_notify(
    struct cx *cx, const struct config *config, int argc, char **argv);
int command_platform_import(
    struct cx *cx, const struct config *config, int argc, char **argv);
int command_organization_export(
    struct cx *cx, const struct config *config, int argc, char **argv);
int command_platform_update(
    struct cx *cx, const struct config *config, int argc, char **argv);
int command_migrate(
    struct cx *cx, const struct config *config, int argc, char **argv);

#endif
