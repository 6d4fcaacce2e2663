#include "base/base.h"
#include "template/exec.h"

/* Statements. */

struct act *new_act(struct ev *ev, struct act *parent, uint32_t slots)
{
	struct act *act = ev_alloc(ev, sizeof(*act) + slots * sizeof(struct value));

	act->parent = parent;
	return act;
}

static struct value resolve(struct ev *ev, struct name *name)
{
	struct value *known = &ev->resolved[name->index];
	const struct global_def *global;
	const struct json *json;
	uint32_t index;
	bool sensitive;

	if (known->type != V_MISSING)
		return known->type == V_UNDEFINED ? v_missing() : *known;
	if (ev->values && values_find(ev->values, &name->str, &index, &json, &sensitive)) {
		*known = v_json(ev, json, index + 1, sensitive ? VF_TAINT : 0);
		return *known;
	}
	global = find_global(name->str.s, name->str.len);
	if (global) {
		*known = (struct value){ .type = V_GLOBAL, .u.global = global };
		return *known;
	}
	known->type = V_UNDEFINED;
	return v_missing();
}

void enter_frame(struct ev *ev, const struct frame_info *frame)
{
	uint32_t i;

	for (i = 0; i < frame->nr; i++) {
		const struct frame_init *init = &frame->inits[i];
		struct act *act = ev->act;
		unsigned hops = init->from_hops;

		switch (init->kind) {
		case INIT_PARAM:
			break;
		case INIT_RESOLVE:
			ev->act->slots[init->slot] = resolve(ev, init->name);
			break;
		case INIT_ALIAS:
			while (hops--)
				act = act->parent;
			ev->act->slots[init->slot] = act->slots[init->from_slot];
			break;
		case INIT_UNDEFINED:
			ev->act->slots[init->slot] = v_missing();
			break;
		}
	}
}

void leave_frame(struct ev *ev, const struct frame_info *frame)
{
	uint32_t i;

	for (i = 0; i < frame->nr; i++)
		ev->act->slots[frame->inits[i].slot] = v_missing();
}

static void taint_object(struct value v)
{
	if (is_type(v, T_SEQ))
		v.u.list->tainted = true;
	else if (is_type(v, TYPE_BIT(V_DICT) | TYPE_BIT(V_NAMESPACE)))
		v.u.dict->tainted = true;
}

/* What is stored remembers what it was made of. */
struct value marked(struct ev *ev, struct value v)
{
	if (ev->taint)
		v.flags |= VF_TAINT;
	if (!v.origin)
		v.origin = noted_origin(ev);
	return v;
}

struct reads save_reads(const struct ev *ev)
{
	return (struct reads){ .taint = ev->taint, .origins = ev->origins };
}

void restore_reads(struct ev *ev, const struct reads *r)
{
	ev->taint = r->taint;
	ev->origins = r->origins;
}

static bool assign_tuple(struct ev *ev, const struct node *target, struct value v)
{
	struct list *l;
	uint32_t i;

	ev->at = target;
	if (v.type == V_POISON) {
		for (i = 0; i < target->u.list.nr; i++)
			assign(ev, target->u.list.v[i], v);
		return false;
	}
	l = to_list(ev, v);
	if (l && l->nr != target->u.list.nr)
		ev_fail(ev, TYPE_ERROR, "cannot unpack %u values into %u names", l->nr,
			target->u.list.nr);
	if (!l || l->nr != target->u.list.nr)
		return assign_tuple(ev, target, v_poison());
	for (i = 0; i < l->nr; i++) {
		struct value item = l->v[i];

		item.flags |= v.flags & VF_TAINT;
		if (!item.origin)
			item.origin = v.origin;
		assign(ev, target->u.list.v[i], item);
	}
	return true;
}

bool assign(struct ev *ev, const struct node *target, struct value v)
{
	struct act *act = ev->act;
	unsigned hops;
	struct value *slot;

	if (target->type == N_TUPLE)
		return assign_tuple(ev, target, v);
	for (hops = target->u.name.hops; hops; hops--)
		act = act->parent;
	slot = &act->slots[target->u.name.slot];
	if (target->type == N_NAME) {
		*slot = v;
		return true;
	}
	ev->at = target;
	if (slot->type == V_POISON || v.type == V_POISON)
		return false;
	if (slot->type != V_NAMESPACE) {
		if (slot->type == V_MISSING) {
			ev_undefined(ev, undefined_value(ev, target, v_missing(),
							 &target->u.name.name->str, NULL));
			return false;
		}
		/* of an object a block can set a member in Jinja2, and nothing else can */
		ev_fail_at(ev, target, slot->type == V_DICT ? UNSUPPORTED_ERROR : TYPE_ERROR,
			   "make it one: {% set ns = namespace() %}",
			   "cannot assign to an attribute of '%s', which is no namespace",
			   target->u.name.name->str.s);
		return false;
	}
	{
		struct value key = { .type = V_STRING, .u.str = &target->u.name.attr->str };

		return dict_set(ev, slot->u.dict, key, v);
	}
}

/* --- output ------------------------------------------------------------------ */

void add_run(struct ev *ev, size_t from, const struct node *n, bool literal)
{
	struct template_map *map = ev->map;
	struct template_run *run;
	unsigned i;

	if (map->nr && map->runs[map->nr - 1].literal &&
	    map->runs[map->nr - 1].out_off == from - ev->out_start)
		map->nr--; /* that one was empty */
	ALLOC_GROW(map->runs, map->nr + 1, map->alloc);
	run = &map->runs[map->nr++];
	*run = (struct template_run){ .out_off = from - ev->out_start,
				      .tmpl_off = n->off,
				      .tmpl_len = n->len,
				      .literal = literal };
	if (literal)
		return;
	run->sensitive = ev->taint;
	run->more = ev->origins.more;
	run->values_nr = ev->origins.nr;
	for (i = 0; i < ev->origins.nr; i++)
		run->values[i] = ev->origins.v[i] - 1;
}

/* Most pieces of text are short: a call for each takes longer than copying them. */
static inline void out_add(struct buf *b, const char *s, size_t len)
{
	char *to;

	if (len > 32 || len < 4 || b->cap - b->len < len) {
		buf_add(b, s, len);
		return;
	}
	to = b->p + b->len;
	b->len += len;
	if (len >= 16) {
		memcpy(to, s, 16);
		memcpy(to + len - 16, s + len - 16, 16);
	} else if (len >= 8) {
		memcpy(to, s, 8);
		memcpy(to + len - 8, s + len - 8, 8);
	} else {
		memcpy(to, s, 4);
		memcpy(to + len - 4, s + len - 4, 4);
	}
}

static void exec_expression(struct ev *ev, const struct node *n)
{
	struct buf *out = ev->out;
	size_t from = out->len;
	struct value v;

	begin_expression(ev);
	v = eval(ev, n);
	ev->at = n;
	if (v.type == V_STRING)
		out_add(out, v.u.str->s, v.u.str->len);
	else if (v.type != V_POISON)
		add_str(out, v);
	if (ev->taint)
		out->taint = true;
	if (ev->map && out->sb)
		add_run(ev, from, n, false);
}

/* {{ x | tojson }} goes straight to the output. */
static bool exec_tojson(struct ev *ev, const struct node *n)
{
	struct buf *out = ev->out;
	size_t from = out->len;
	struct value v;

	if (n->type != N_FILTER || !n->op)
		return false;
	begin_expression(ev);
	ev_step(ev, 1);
	v = eval(ev, n->u.call.callee);
	ev->at = n;
	if (v.type != V_POISON)
		add_json(out, v, NULL, 0);
	if (ev->taint)
		out->taint = true;
	if (ev->map && out->sb)
		add_run(ev, from, n, false);
	return true;
}

static void exec_output(struct ev *ev, const struct node *n)
{
	uint32_t i;

	for (i = 0; i < n->u.list.nr; i++) {
		const struct node *part = n->u.list.v[i];

		if (part->type == N_DATA) {
			if (ev->map && ev->out->sb)
				add_run(ev, ev->out->len, part, true);
			out_add(ev->out, part->u.data.s, part->u.data.len);
		} else if (!exec_tojson(ev, part)) {
			exec_expression(ev, part);
		}
	}
}

void begin_capture(struct ev *ev, struct buf *b)
{
	buf_init(b, ev);
	b->outer = ev->out;
	ev->out = b;
}

struct value end_capture(struct ev *ev, struct buf *b)
{
	struct value v;

	ev->out = b->outer;
	v = buf_value(b);
	ev->taint = ev->taint || b->taint;
	if (b->taint)
		v.flags |= VF_TAINT;
	return v;
}

/* --- control flow ------------------------------------------------------------ */

static void exec_if(struct ev *ev, const struct node *n)
{
	uint32_t i;

	for (i = 0; i < n->u.if_.tests.nr; i++) {
		struct value v;
		int yes;

		begin_expression(ev);
		v = eval(ev, n->u.if_.tests.v[i]);
		ev->at = n->u.if_.tests.v[i];
		yes = truth(ev, v);
		if (yes < 0)
			return; /* who knows which way it goes */
		if (yes) {
			exec_list(ev, &n->u.if_.bodies[i]);
			return;
		}
	}
	exec_list(ev, &n->u.if_.else_);
}

/* --- assignments and blocks ------------------------------------------------------ */

static void exec_set(struct ev *ev, const struct node *n)
{
	struct value v;

	begin_expression(ev);
	v = eval(ev, n->u.set.value);
	if (ev->taint)
		taint_object(v);
	assign(ev, n->u.set.target, marked(ev, v));
}

/* The filter of {% filter %} and {% set %} blocks, applied to `text`. */
static struct value apply_filter(struct ev *ev, const struct node *filter, struct value text)
{
	struct value self = text;
	struct cargs args;
	bool poison = false;

	if (filter->u.call.callee)
		self = apply_filter(ev, filter->u.call.callee, text);
	poison = self.type == V_POISON;
	eval_args(ev, &filter->u.call.args, NULL, &args, &poison);
	if (!filter->u.call.builtin)
		return ev_fail_at(ev, filter, SYNTAX_ERROR, NULL, "no filter named '%s'",
				  filter->u.call.name->str.s);
	if (poison)
		return v_poison();
	ev->at = filter;
	return call_builtin(ev, filter->u.call.builtin, "filter", self, &args);
}

static void exec_set_block(struct ev *ev, const struct node *n)
{
	struct value v;
	struct buf b;

	enter_frame(ev, &n->u.set.frame);
	begin_capture(ev, &b);
	exec_list(ev, &n->u.set.body);
	begin_expression(ev);
	v = end_capture(ev, &b);
	if (n->u.set.value)
		v = apply_filter(ev, n->u.set.value, v);
	leave_frame(ev, &n->u.set.frame);
	assign(ev, n->u.set.target, marked(ev, v));
}

/* Blocks must come to text by themselves: Jinja2 makes none of other values here. */
void add_block_text(struct ev *ev, struct value v)
{
	if (v.type == V_STRING)
		buf_addvstr(ev->out, v.u.str);
	else if (v.type == V_UNDEFINED)
		ev_undefined(ev, v);
	else if (v.type != V_POISON)
		ev_fail(ev, TYPE_ERROR, "the block must come to a str, not %s", type_name(v));
}

static void exec_filter_block(struct ev *ev, const struct node *n)
{
	struct buf *out = ev->out;
	struct value v;
	struct buf b;
	size_t from;

	enter_frame(ev, &n->u.block.frame);
	begin_capture(ev, &b);
	exec_list(ev, &n->u.block.body);
	begin_expression(ev);
	v = end_capture(ev, &b);
	v = apply_filter(ev, n->u.block.filter, v);
	leave_frame(ev, &n->u.block.frame);
	from = out->len;
	ev->at = n->u.block.filter;
	add_block_text(ev, v);
	if (ev->taint)
		out->taint = true;
	if (ev->map && out->sb)
		add_run(ev, from, n, false);
}

static void exec_with(struct ev *ev, const struct node *n)
{
	struct value few[8], *values = few;
	uint32_t i, nr = n->u.block.targets.nr;

	/* values see the outer variables only: all of them before the frame */
	if (nr > ARRAY_SIZE(few))
		values = ev_alloc(ev, nr * sizeof(*values));
	for (i = 0; i < nr; i++) {
		begin_expression(ev);
		values[i] = eval(ev, n->u.block.values.v[i]);
		values[i] = marked(ev, values[i]);
	}
	enter_frame(ev, &n->u.block.frame);
	for (i = 0; i < nr; i++)
		assign(ev, n->u.block.targets.v[i], values[i]);
	exec_list(ev, &n->u.block.body);
	leave_frame(ev, &n->u.block.frame);
}

static void exec(struct ev *ev, const struct node *n)
{
	if (++ev->c_depth > MAX_C_DEPTH)
		ev_limit(ev, "the template is nested too deeply");
	switch ((enum node_type)n->type) {
	case N_OUTPUT:
		exec_output(ev, n);
		break;
	case N_IF:
		exec_if(ev, n);
		break;
	case N_FOR:
		exec_for(ev, n);
		break;
	case N_SET:
		exec_set(ev, n);
		break;
	case N_SET_BLOCK:
		exec_set_block(ev, n);
		break;
	case N_MACRO:
		exec_macro(ev, n);
		break;
	case N_CALL_BLOCK:
		exec_call_block(ev, n);
		break;
	case N_FILTER_BLOCK:
		exec_filter_block(ev, n);
		break;
	case N_WITH:
	case N_SCOPE:
		exec_with(ev, n);
		break;
	default:
		BUG("an expression (%d) among statements", n->type);
	}
	ev->c_depth--;
}

void exec_list(struct ev *ev, const struct node_list *list)
{
	uint32_t i;

	for (i = 0; i < list->nr; i++) {
		ev_step(ev, 1);
		exec(ev, list->v[i]);
	}
}
