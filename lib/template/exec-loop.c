#include "base/base.h"
#include "template/exec.h"

/* Loops, recursive ones too, and the loop variable. */

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
	uint32_t origin = over.origin ? over.origin : noted_origin(ev);
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

void exec_for(struct ev *ev, const struct node *n)
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
	if (args->nr + args->kw_nr != 1 ||
	    (args->kw_nr && !str_eq(args->kw_names[0]->s, "iterable")))
		return ev_fail(ev, TYPE_ERROR, "loop() takes one argument");
	return run_recursive(ev, loop->def, args->nr ? args->pos[0] : args->kw_values[0],
			     loop->parent->parent, loop->depth0 + 1);
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
