// SPDX-License-Identifier: Apache-2.0
// Forms that say what is wrong beside the field.

import { createContext, type ComponentChildren } from 'preact';
import { useContext, useId, useRef, useState } from 'preact/hooks';
import { ApiError } from './api';
import { Fault } from './parts';

interface FormState {
  errors: Record<string, string>;
  clear: (name: string) => void;
}

const FormContext = createContext<FormState>({ errors: {}, clear: () => {} });

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const controlsOf = (form: HTMLFormElement) => [...form.elements].filter(
  (one): one is Control => 'validity' in one && 'name' in one
    && Boolean(one.name));

function complaint(control: Control): string {
  const { validity } = control;
  if (validity.valid || control.disabled) return '';
  const label = control.labels?.[0]?.firstChild?.textContent?.trim() ?? '';
  if (validity.valueMissing) return `${label || 'This'} is needed`;
  if (validity.typeMismatch && control.type === 'url') {
    return 'This must be a whole address, such as https://tool.example/launch';
  }
  if (validity.typeMismatch) return 'This must be an e-mail address';
  if (validity.tooShort) {
    return `At least ${(control as HTMLInputElement).minLength} characters`;
  }
  return control.validationMessage;
}

// The field that a fault is about: "messages[0].type" may be told at a field
// of that name, else at "messages".
function fieldFor(form: HTMLFormElement, member: string): string {
  const names = new Set(controlsOf(form).map((control) => control.name));
  for (let name = member; name; name = name.replace(/[.[][^.[]*$/, '')) {
    if (names.has(name)) return name;
    if (!/[.[]/.test(name)) return '';
  }
  return '';
}

function focusOn(form: HTMLFormElement, name: string) {
  const control = controlsOf(form).find((one) => one.name === name);
  for (let at = control?.parentElement; at && at !== form;
    at = at.parentElement) {
    if (at instanceof HTMLDetailsElement) at.open = true;
  }
  control?.focus();
}

export type Values = Record<string, string>;

export function Form({ onSubmit, submit, onCancel, children, danger, bar }: {
  onSubmit: (values: Values) => Promise<unknown>;
  submit: string; onCancel?: () => void; danger?: boolean;
  bar?: ComponentChildren; children: ComponentChildren;
}) {
  const ref = useRef<HTMLFormElement>(null);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const clear = (name: string) => {
    if (errors[name]) setErrors({ ...errors, [name]: '' });
  };
  const refuse = (form: HTMLFormElement, found: Record<string, string>) => {
    setErrors(found);
    const first = controlsOf(form).find((one) => found[one.name])?.name;
    if (first) requestAnimationFrame(() => focusOn(form, first));
  };
  const send = async (event: Event) => {
    event.preventDefault();
    const form = ref.current;
    if (!form || busy) return;
    setProblem(undefined);
    const found = Object.fromEntries(controlsOf(form)
      .map((control) => [control.name, complaint(control)])
      .filter(([, text]) => text));
    if (Object.keys(found).length) {
      refuse(form, found);
      return;
    }
    setErrors({});
    setBusy(true);
    try {
      await onSubmit(valuesOf(form));
    } catch (why) {
      const name = why instanceof ApiError ? fieldFor(form, why.member) : '';
      if (name) refuse(form, { [name]: (why as Error).message });
      else setProblem(why);
    }
    setBusy(false);
  };
  return (
    <form ref={ref} onSubmit={send} noValidate>
      <FormContext.Provider value={{ errors, clear }}>
        {children}
      </FormContext.Provider>
      {Boolean(problem) && <Fault problem={problem} />}
      <div class={bar === undefined ? 'actions end' : 'actions end save-bar'}>
        {bar}
        {onCancel && (
          <button type="button" class="secondary" onClick={onCancel}>
            Cancel
          </button>
        )}
        <button type="submit" class={danger ? 'danger' : undefined}
          aria-busy={busy} disabled={busy}>{submit}</button>
      </div>
    </form>
  );
}

// Texts are trimmed, except a password.
function valuesOf(form: HTMLFormElement): Values {
  return Object.fromEntries(controlsOf(form).filter((control) =>
    !(control instanceof HTMLInputElement
      && /^(checkbox|radio)$/.test(control.type) && !control.checked))
    .map((control) => [control.name, control.type === 'password'
      ? control.value : control.value.trim()]));
}

// --- fields -----------------------------------------------------------------

interface Common {
  label: string;
  name: string;
  help?: ComponentChildren;
  optional?: boolean;
}

function useField(name: string, help: ComponentChildren) {
  const { errors, clear } = useContext(FormContext);
  const id = useId();
  const error = errors[name] ?? '';
  const described = [help ? `${id}-help` : '', error ? `${id}-error` : '']
    .filter(Boolean).join(' ');
  return {
    id, error, clear: () => clear(name),
    attributes: { id, name,
      'aria-invalid': error ? ('true' as const) : undefined,
      'aria-describedby': described || undefined },
  };
}

function Field({ id, label, help, error, optional, children }: {
  id: string; label: string; help: ComponentChildren; error: string;
  optional: boolean | undefined; children: ComponentChildren;
}) {
  return (
    <div class="field">
      <label for={id}>{label}
        {optional && <span class="quiet"> (optional)</span>}
      </label>
      {children}
      {error && <small id={`${id}-error`} class="error">{error}</small>}
      {help && <small id={`${id}-help`}>{help}</small>}
    </div>
  );
}

export function Text({ label, name, help, optional, type = 'text', value,
  initial, onInput, autocomplete = 'off', minLength, placeholder, disabled }: Common & {
  type?: 'text' | 'url' | 'email' | 'password' | 'number';
  value?: string; initial?: string; onInput?: (value: string) => void;
  autocomplete?: string; minLength?: number; placeholder?: string;
  disabled?: boolean;
}) {
  const field = useField(name, help);
  return (
    <Field id={field.id} label={label} help={help} error={field.error}
      optional={optional}>
      <input {...field.attributes} {...{ type } as { type: 'text' }}
        required={!optional}
        {...(value === undefined ? { defaultValue: initial ?? '' } : { value })}
        autocomplete={autocomplete} minLength={minLength} disabled={disabled}
        placeholder={placeholder}
        spellcheck={false} onInput={(event) => {
          field.clear();
          onInput?.(event.currentTarget.value);
        }} />
    </Field>
  );
}

export function Area({ label, name, help, optional, value, initial, onInput,
  rows = 3 }: Common & {
  value?: string; initial?: string; onInput?: (value: string) => void;
  rows?: number;
}) {
  const field = useField(name, help);
  return (
    <Field id={field.id} label={label} help={help} error={field.error}
      optional={optional}>
      <textarea {...field.attributes} rows={rows} required={!optional}
        {...(value === undefined ? { defaultValue: initial ?? '' } : { value })}
        onInput={(event) => {
          field.clear();
          onInput?.(event.currentTarget.value);
        }} />
    </Field>
  );
}

export function Choice<T extends string>({ label, name, help, optional, value,
  initial, onChange, choices }: Common & {
  value?: T; initial?: T; onChange?: (value: T) => void;
  choices: [value: T, text: string][];
}) {
  const field = useField(name, help);
  const chosen = value ?? initial;
  return (
    <Field id={field.id} label={label} help={help} error={field.error}
      optional={optional}>
      <select {...field.attributes} required={!optional}
        {...(value === undefined ? {} : { value })}
        onChange={(event) => {
          field.clear();
          onChange?.(event.currentTarget.value as T);
        }}>
        {choices.map(([one, text]) => (
          <option key={one} value={one}
            {...(value === undefined ? { selected: one === chosen } : {})}>
            {text}
          </option>
        ))}
      </select>
    </Field>
  );
}

// On or off. In a form's values it is "on" or absent.
export function Switch({ label, name, help, checked, initial, onChange }:
Common & {
  checked?: boolean; initial?: boolean; onChange?: (on: boolean) => void;
}) {
  const field = useField(name, help);
  return (
    <div class="field switch">
      <input {...field.attributes} type="checkbox" role="switch"
        {...(checked === undefined
          ? { defaultChecked: initial ?? false } : { checked })}
        onChange={(event) => onChange?.(event.currentTarget.checked)} />
      <div>
        <label for={field.id}>{label}</label>
        {field.error && <small id={`${field.id}-error`} class="error">
          {field.error}</small>}
        {help && <small id={`${field.id}-help`}>{help}</small>}
      </div>
    </div>
  );
}

export function Radios<T extends string>({ legend, name, value, onChange,
  choices, disabled }: {
  legend: string; name: string; value: T; onChange: (value: T) => void;
  choices: [value: T, text: string, help: string][]; disabled?: boolean;
}) {
  const id = useId();
  return (
    <fieldset class="radios" disabled={disabled}>
      <legend>{legend}</legend>
      {choices.map(([one, text, help]) => (
        <div key={one} class="radio">
          <input type="radio" id={`${id}-${one}`} name={name} value={one}
            checked={one === value} aria-describedby={`${id}-${one}-help`}
            onChange={() => onChange(one)} />
          <div>
            <label for={`${id}-${one}`}>{text}</label>
            <small id={`${id}-${one}-help`}>{help}</small>
          </div>
        </div>
      ))}
    </fieldset>
  );
}

// A list of texts, one a line.
export const linesOf = (text: string) =>
  text.split('\n').map((line) => line.trim()).filter(Boolean);

export function Lines({ value, onChange, ...rest }: Common & {
  value: string[]; onChange: (value: string[]) => void;
}) {
  // What is typed stays as typed: an empty line may be on its way to a full.
  const [text, setText] = useState(value.join('\n'));
  return (
    <Area {...rest} optional value={text} onInput={(typed) => {
      setText(typed);
      onChange(linesOf(typed));
    }} />
  );
}

// Rows of a name and a value.
export function Pairs({ label, name, help, value, onChange, names, values }:
Common & {
  value: Record<string, string>;
  onChange: (value: Record<string, string>) => void;
  names: string; values: string;
}) {
  const [rows, setRows] = useState<[string, string][]>(Object.entries(value));
  const { errors, clear } = useContext(FormContext);
  const id = useId();
  const change = (next: [string, string][]) => {
    setRows(next);
    clear(name);
    onChange(Object.fromEntries(next.filter(([key]) => key.trim())
      .map(([key, text]) => [key.trim(), text])));
  };
  const put = (index: number, place: 0 | 1, text: string) => change(rows.map(
    ([key, old], at) => at !== index ? [key, old]
      : place === 0 ? [text, old] : [key, text]));
  return (
    <fieldset class="pairs" aria-describedby={help ? `${id}-help` : undefined}>
      <legend>{label}</legend>
      {help && <small id={`${id}-help`}>{help}</small>}
      {rows.map(([key, text], index) => (
        <div class="pair" key={index}>
          <input aria-label={`${names} ${index + 1}`} value={key} name={name}
            placeholder={names} onInput={(event) =>
              put(index, 0, event.currentTarget.value)} />
          <input aria-label={`${values} ${index + 1}`} value={text}
            placeholder={values} onInput={(event) =>
              put(index, 1, event.currentTarget.value)} />
          <button type="button" class="secondary" aria-label={
            `Remove ${key || `row ${index + 1}`}`} onClick={() =>
            change(rows.filter((_, at) => at !== index))}>Remove</button>
        </div>
      ))}
      {errors[name] && <small class="error">{errors[name]}</small>}
      <button type="button" class="secondary small"
        onClick={() => setRows([...rows, ['', '']])}>Add</button>
    </fieldset>
  );
}
