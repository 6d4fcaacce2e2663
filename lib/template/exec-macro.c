#include "base/base.h"
#include "template/exec.h"

/* Macros, and blocks that call them. */

void exec_macro(struct ev *ev, const struct node *n)
{
	struct macro *m = ev_alloc(ev, sizeof(*m));

	m->def = n;
	m->parent = ev->act;
	assign(ev, n->u.macro.target, (struct value){ .type = V_MACRO, .u.macro = m });
}

void exec_call_block(struct ev *ev, const struct node *n)
{
	const struct node *call = n->u.macro.call;
	struct macro *m = ev_alloc(ev, sizeof(*m));
	struct value caller = { .type = V_MACRO, .u.macro = m }, callee, v = v_poison();
	struct buf *out = ev->out;
	bool poison;
	struct cargs args;
	size_t from = out->len;

	m->def = n;
	m->parent = ev->act;
	begin_expression(ev);
	callee = eval(ev, call->u.call.callee);
	poison = callee.type == V_POISON;
	eval_args(ev, &call->u.call.args, &caller, &args, &poison);
	ev->at = call;
	if (!poison)
		v = call_value(ev, callee, &args);
	ev->at = call;
	add_block_text(ev, v);
	if (ev->taint)
		out->taint = true;
	if (ev->map && out->sb)
		add_run(ev, from, call, false);
}

static bool find_kw(const struct cargs *args, const struct vstr *name, uint32_t *i)
{
	for (*i = 0; *i < args->kw_nr; ++*i)
		if (args->kw_names[*i]->len == name->len &&
		    !memcmp(args->kw_names[*i]->s, name->s, name->len))
			return true;
	return false;
}

static struct value varargs(struct ev *ev, const struct cargs *args, uint32_t from)
{
	struct list *l = list_new(ev, args->nr > from ? args->nr - from : 0);

	for (; from < args->nr; from++)
		list_push(ev, l, marked(ev, args->pos[from]));
	l->tainted = ev->taint;
	return v_tuple(l);
}

/* Macro.__call__ of jinja2/runtime.py. */
static bool bind_macro(struct ev *ev, const struct node *def, struct act *act,
		       const struct cargs *args)
{
	const char *name = def->type == N_MACRO ? def->u.macro.name->str.s : "caller";
	static _Thread_local struct vstr caller_name = { .s = "caller", .len = 6, .chars = 6 };
	bool *used = ev_alloc(ev, args->kw_nr + 1);
	uint32_t argc = def->u.macro.args.nr, i, k;
	struct dict *kwargs = NULL;

	for (i = 0; i < argc; i++) {
		const struct node *arg = def->u.macro.args.v[i];
		struct value v = v_missing();

		if (i < args->nr) {
			v = args->pos[i];
		} else if (find_kw(args, &arg->u.name.name->str, &k)) {
			v = args->kw_values[k];
			used[k] = true;
		}
		act->slots[arg->u.name.slot] = v.type == V_MISSING ? v : marked(ev, v);
	}
	if (def->u.macro.uses_caller && !def->u.macro.explicit_caller) {
		struct value caller =
			undefined_value(ev, ev->at, v_missing(), NULL, "no caller defined");

		if (find_kw(args, &caller_name, &k)) {
			caller = args->kw_values[k];
			used[k] = true;
		}
		act->slots[def->u.macro.caller_slot] = caller;
	}
	if (def->u.macro.uses_kwargs)
		kwargs = dict_new(ev, args->kw_nr);
	for (k = 0; k < args->kw_nr; k++) {
		if (used[k])
			continue;
		if (!kwargs) {
			ev_fail(ev, TYPE_ERROR, "macro '%s' takes no keyword argument '%s'", name,
				args->kw_names[k]->s);
			return false;
		}
		dict_set(ev, kwargs, (struct value){ .type = V_STRING, .u.str = args->kw_names[k] },
			 marked(ev, args->kw_values[k]));
		kwargs->tainted = kwargs->tainted || ev->taint;
	}
	if (kwargs)
		act->slots[def->u.macro.kwargs_slot] = v_dict(kwargs);
	if (def->u.macro.uses_varargs) {
		act->slots[def->u.macro.varargs_slot] = varargs(ev, args, argc);
	} else if (args->nr > argc) {
		ev_fail(ev, TYPE_ERROR, "macro '%s' takes not more than %u argument%s", name, argc,
			argc == 1 ? "" : "s");
		return false;
	}
	return true;
}

static void macro_defaults(struct ev *ev, const struct node *def, struct act *act)
{
	uint32_t argc = def->u.macro.args.nr, required = argc - def->u.macro.defaults.nr, i;

	for (i = 0; i < argc; i++) {
		const struct node *arg = def->u.macro.args.v[i];
		struct value *slot = &act->slots[arg->u.name.slot];

		if (slot->type != V_MISSING)
			continue;
		if (i >= required) {
			*slot = eval(ev, def->u.macro.defaults.v[i - required]);
			*slot = marked(ev, *slot);
		} else {
			char *text = arena_strfmt(&ev->arena, "parameter '%s' was not provided",
						  arg->u.name.name->str.s);

			*slot = undefined_value(ev, ev->at, v_missing(), NULL,
						text ? text : "parameter was not provided");
		}
	}
}

struct value call_macro(struct ev *ev, struct macro *m, const struct cargs *args)
{
	const struct node *def = m->def, *at = ev->at;
	struct act *was = ev->act, *act;
	struct reads reads;
	struct call_site site = { .def = def, .at = at, .outer = ev->calls };
	struct value v;
	struct buf b;

	if (++ev->depth > ev->limits.depth)
		ev_limit(ev, "calls are nested too deeply (more than %u)", ev->limits.depth);
	act = new_act(ev, m->parent, def->u.macro.function.slots);
	if (!bind_macro(ev, def, act, args)) {
		ev->depth--;
		return v_poison();
	}
	ev->calls = &site;
	reads = save_reads(ev);
	begin_capture(ev, &b);
	ev->act = act;
	enter_frame(ev, &def->u.macro.frame);
	macro_defaults(ev, def, act);
	exec_list(ev, &def->u.macro.body);
	ev->act = was;
	restore_reads(ev, &reads);
	v = end_capture(ev, &b);
	ev->at = at;
	ev->calls = site.outer;
	ev->depth--;
	return v;
}
