#include "base/base.h"
#include "template/internal.h"

/* Statements. */

static struct act *new_act(struct ev *ev, struct act *parent, uint32_t slots)
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
static struct value marked(struct ev *ev, struct value v)
{
	if (ev->taint)
		v.flags |= VF_TAINT;
	if (!v.origin && ev->origins_nr)
		v.origin = ev->origins[0];
	return v;
}

static void begin_expression(struct ev *ev)
{
	ev->taint = false;
	ev->origins_nr = 0;
}

/* What the expression under way has read, put aside while a macro runs. */
struct reads {
	bool taint;
	uint8_t nr;
	uint32_t origins[MAX_ORIGINS];
};

static struct reads save_reads(const struct ev *ev)
{
	struct reads r = { .taint = ev->taint, .nr = ev->origins_nr };

	memcpy(r.origins, ev->origins, sizeof(r.origins));
	return r;
}

static void restore_reads(struct ev *ev, const struct reads *r)
{
	ev->taint = r->taint;
	ev->origins_nr = r->nr;
	memcpy(ev->origins, r->origins, sizeof(r->origins));
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
		ev_fail_at(ev, target, TYPE_ERROR, "make it one: {% set ns = namespace() %}",
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

static void add_run(struct ev *ev, size_t from, const struct node *n, bool literal)
{
	struct template_map *map = ev->map;
	struct template_run *run;
	unsigned i;

	if (map->nr && map->runs[map->nr - 1].out_off == from - ev->out_start)
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
	run->values_nr = ev->origins_nr;
	for (i = 0; i < ev->origins_nr; i++)
		run->values[i] = ev->origins[i] - 1;
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
		buf_add(out, v.u.str->s, v.u.str->len);
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
			buf_add(ev->out, part->u.data.s, part->u.data.len);
		} else if (!exec_tojson(ev, part)) {
			exec_expression(ev, part);
		}
	}
}

static void begin_capture(struct ev *ev, struct buf *b)
{
	buf_init(b, ev);
	b->outer = ev->out;
	ev->out = b;
}

static struct value end_capture(struct ev *ev, struct buf *b)
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

/* {% for x in y if test %}: walks what passes the test. */
struct filtered {
	const struct node *def;
	struct act *parent, *act;
	uint8_t flags;
	uint32_t origin;
};

static int next_filtered(struct ev *ev, struct iter *it, struct value *out)
{
	struct filtered *f = it->state;
	const struct node *def = f->def;
	struct act *was = ev->act;
	int got;

	if (!it->started) {
		it->started = true;
		f->act = new_act(ev, f->parent, def->u.for_.test_function.slots);
		ev->act = f->act;
		enter_frame(ev, &def->u.for_.test_frame);
	}
	while ((got = iter_next(ev, it->source.u.iter, out)) > 0) {
		struct value v;
		int yes;

		ev_step(ev, 1);
		if (++ev->iterations > ev->limits.iterations)
			ev_limit(ev, "loops run for too long (more than %" PRIu64 " rounds)",
				 ev->limits.iterations);
		out->flags |= f->flags;
		if (!out->origin)
			out->origin = f->origin;
		ev->act = f->act;
		if (!assign(ev, def->u.for_.test_target, *out)) {
			ev->act = was;
			continue;
		}
		v = eval(ev, def->u.for_.test);
		ev->at = def->u.for_.test;
		yes = truth(ev, v);
		if (yes > 0 && def->u.for_.test_target->type == N_TUPLE)
			*out = eval(ev, def->u.for_.test_target);
		ev->act = was;
		if (yes > 0)
			return 1;
	}
	ev->act = was;
	it->done = true;
	return got;
}

static int loop_fetch(struct ev *ev, struct loop *loop, struct value *out)
{
	if (loop->peeked) {
		loop->peeked = false;
		if (loop->peeked_end)
			return 0;
		*out = loop->after;
		return 1;
	}
	return iter_next(ev, loop->it, out);
}

static void run_else(struct ev *ev, const struct node *n)
{
	if (!n->u.for_.has_else)
		return;
	enter_frame(ev, &n->u.for_.else_frame);
	exec_list(ev, &n->u.for_.else_);
	leave_frame(ev, &n->u.for_.else_frame);
}

/* The rounds of a loop, in the activation that its variables belong to. */
static void run_loop(struct ev *ev, const struct node *n, struct value over, struct act *outer,
		     uint32_t depth0)
{
	uint8_t flags = ev->taint || is_tainted(over) ? VF_TAINT : 0;
	uint32_t origin = over.origin ? over.origin : ev->origins_nr ? ev->origins[0] : 0;
	struct loop *loop = NULL, plain = { .index0 = -1 };
	bool any = false;
	struct iter *it;
	int got;

	ev->at = n->u.for_.iter;
	it = over.type == V_POISON ? NULL : value_iter(ev, over, false);
	if (!it) {
		/* what is wrong inside is told too: one round over poison */
		enter_frame(ev, &n->u.for_.body_frame);
		assign(ev, n->u.for_.target, v_poison());
		if (n->u.for_.extended)
			ev->act->slots[n->u.for_.loop_slot] = v_poison();
		exec_list(ev, &n->u.for_.body);
		leave_frame(ev, &n->u.for_.body_frame);
		return;
	}
	if (n->u.for_.test) {
		struct filtered *f = ev_alloc(ev, sizeof(*f));
		struct value filtered;

		*f = (struct filtered){
			.def = n, .parent = outer, .flags = flags, .origin = origin
		};
		filtered = v_iter(ev, "generator", next_filtered, over, f);
		filtered.u.iter->source = (struct value){ .type = V_ITER, .u.iter = it };
		it = filtered.u.iter;
	}
	loop = n->u.for_.extended ? ev_alloc(ev, sizeof(*loop)) : &plain;
	*loop = (struct loop){ .it = it,
			       .iterable = over,
			       .index0 = -1,
			       .depth0 = depth0,
			       .def = n,
			       .parent = outer,
			       .recursive = n->u.for_.recursive };
	for (;;) {
		struct value item;

		begin_expression(ev);
		got = loop_fetch(ev, loop, &item);
		if (got <= 0)
			break;
		any = true;
		ev_step(ev, 1);
		if (++ev->iterations > ev->limits.iterations)
			ev_limit(ev, "loops run for too long (more than %" PRIu64 " rounds)",
				 ev->limits.iterations);
		item.flags |= flags;
		if (!item.origin)
			item.origin = origin;
		loop->index0++;
		loop->before = loop->current;
		loop->current = item;
		assign(ev, n->u.for_.target, item);
		if (n->u.for_.extended)
			ev->act->slots[n->u.for_.loop_slot] =
				(struct value){ .type = V_LOOP, .u.loop = loop };
		enter_frame(ev, &n->u.for_.body_frame);
		exec_list(ev, &n->u.for_.body);
	}
	leave_frame(ev, &n->u.for_.body_frame);
	if (!any)
		run_else(ev, n);
}

/* A recursive loop is a function: it has its own variables and returns text. */
static struct value run_recursive(struct ev *ev, const struct node *n, struct value over,
				  struct act *outer, uint32_t depth0)
{
	struct act *was = ev->act;
	struct reads reads;
	struct buf b;
	struct value v;

	if (++ev->depth > ev->limits.depth)
		ev_limit(ev, "calls are nested too deeply (more than %u)", ev->limits.depth);
	reads = save_reads(ev);
	ev->act = new_act(ev, outer, n->u.for_.function.slots);
	begin_capture(ev, &b);
	run_loop(ev, n, over, ev->act, depth0);
	restore_reads(ev, &reads);
	v = end_capture(ev, &b);
	ev->act = was;
	ev->depth--;
	return v;
}

static void exec_for(struct ev *ev, const struct node *n)
{
	struct value over;

	begin_expression(ev);
	over = eval(ev, n->u.for_.iter);
	if (n->u.for_.recursive) {
		size_t from = ev->out->len;
		struct buf *out = ev->out;
		struct value text = run_recursive(ev, n, over, ev->act, 0);

		buf_addvstr(out, text.u.str);
		if (text.flags & VF_TAINT)
			out->taint = true;
		if (ev->map && out->sb)
			add_run(ev, from, n, false);
	} else {
		run_loop(ev, n, over, ev->act, 0);
	}
}

struct value call_loop(struct ev *ev, struct loop *loop, const struct cargs *args)
{
	if (!loop->recursive)
		return ev_fail_at(ev, ev->at, TYPE_ERROR, "write {% for ... in ... recursive %}",
				  "the loop must be marked 'recursive' to be called");
	if (args->nr != 1 || args->kw_nr)
		return ev_fail(ev, TYPE_ERROR, "loop() takes one argument");
	return run_recursive(ev, loop->def, args->pos[0], loop->parent->parent, loop->depth0 + 1);
}

/* --- the loop variable --------------------------------------------------------- */

static int peek(struct ev *ev, struct loop *loop)
{
	if (!loop->peeked) {
		loop->peeked_end = iter_next(ev, loop->it, &loop->after) <= 0;
		loop->peeked = true;
	}
	return !loop->peeked_end;
}

static int64_t loop_length(struct ev *ev, struct loop *loop)
{
	int64_t length = loop->def->u.for_.test ? -1 : value_len(ev, loop->iterable, true);
	struct list *rest;
	struct value v;

	if (length >= 0)
		return length;
	/* a generator: take all of it to know */
	if (loop->it->over.type == V_LIST && loop->it->state == loop)
		return loop->it->length;
	rest = list_new(ev, 8);
	while (iter_next(ev, loop->it, &v) > 0) {
		ev_step(ev, 1);
		list_push(ev, rest, v);
	}
	length = rest->nr + loop->index0 + 1 + (loop->peeked && !loop->peeked_end);
	loop->it = value_iter(ev, v_list(rest), true);
	loop->it->state = loop;
	loop->it->length = length;
	return length;
}

static struct value loop_undefined(struct ev *ev, const char *message)
{
	return undefined_value(ev, ev->at, v_missing(), NULL, message);
}

int loop_attr_index(const char *name, size_t len)
{
	static const char *const names[] = { "index",  "index0",   "revindex", "revindex0",
					     "first",  "last",	   "length",   "depth",
					     "depth0", "previtem", "nextitem" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i][0] == name[0] && strlen(names[i]) == len &&
		    !memcmp(names[i], name, len))
			return (int)i;
	return -1;
}

struct value loop_attr_at(struct ev *ev, struct loop *loop, int index)
{
	switch (index) {
	case 0:
		return v_int(loop->index0 + 1);
	case 1:
		return v_int(loop->index0);
	case 2:
		return v_int(loop_length(ev, loop) - loop->index0);
	case 3:
		return v_int(loop_length(ev, loop) - loop->index0 - 1);
	case 4:
		return v_bool(loop->index0 == 0);
	case 5:
		return v_bool(!peek(ev, loop));
	case 6:
		return v_int(loop_length(ev, loop));
	case 7:
		return v_int((int64_t)loop->depth0 + 1);
	case 8:
		return v_int(loop->depth0);
	case 9:
		return loop->index0 ? loop->before :
				      loop_undefined(ev, "there is no previous item");
	case 10:
		return peek(ev, loop) ? loop->after : loop_undefined(ev, "there is no next item");
	default:
		return v_missing();
	}
}

struct value loop_attr(struct ev *ev, struct loop *loop, const char *name, size_t len)
{
	return loop_attr_at(ev, loop, loop_attr_index(name, len));
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
static void add_text(struct ev *ev, struct value v)
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
	add_text(ev, v);
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

static void exec_macro(struct ev *ev, const struct node *n)
{
	struct macro *m = ev_alloc(ev, sizeof(*m));

	m->def = n;
	m->parent = ev->act;
	assign(ev, n->u.macro.target, (struct value){ .type = V_MACRO, .u.macro = m });
}

static void exec_call_block(struct ev *ev, const struct node *n)
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
	add_text(ev, v);
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
	static struct vstr caller_name = { .s = "caller", .len = 6, .chars = 6 };
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
	struct value v;
	struct buf b;

	if (++ev->depth > ev->limits.depth)
		ev_limit(ev, "calls are nested too deeply (more than %u)", ev->limits.depth);
	act = new_act(ev, m->parent, def->u.macro.function.slots);
	if (!bind_macro(ev, def, act, args)) {
		ev->depth--;
		return v_poison();
	}
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
	ev->depth--;
	return v;
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
