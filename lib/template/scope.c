#include "base/base.h"
#include "base/finding.h"
#include "template/scope.h"

/*
 * Which variable a name means. This follows jinja2/idtracking.py: every body
 * of a loop, macro, block... is a frame with variables of its own; a frame
 * that sets a name of an outer frame works on a copy. What is found here
 * becomes slots, and a list of what to do with them when a frame is entered.
 */

static void resolve_list(struct scope *sc, struct frame *f, struct node_list *list);
static void resolve(struct scope *sc, struct frame *f, struct node *n);

/* --- find_undeclared() ------------------------------------------------------- */

struct search {
	const char *word;
	bool gone;
	const struct node *found;
};

static void search(struct node *n, void *data)
{
	struct search *s = data;

	if (s->found || s->gone)
		return;
	if (n->type != N_NAME)
		tree_parts(n, search, s);
	else if (str_eq(n->u.name.name->str.s, s->word)) {
		if (n->op == CTX_LOAD)
			s->found = n;
		else
			s->gone = true;
	}
}

/* Where `word` is read before anything sets it, or NULL. */
static const struct node *undeclared(const struct node_list *body, const char *word)
{
	struct search s = { .word = word };
	uint32_t i;

	for (i = 0; i < body->nr; i++)
		search(body->v[i], &s);
	return s.found;
}

/* --- resolving: names become slots ------------------------------------------- */

static struct frame *inner_frame(struct scope *sc, struct frame *outer, struct fn *fn)
{
	struct frame *f = scope_alloc(sc, sizeof(*f));

	f->outer = outer;
	f->fn = fn;
	return f;
}

static struct fn *inner_fn(struct scope *sc, struct fn *outer, struct function_info *info)
{
	struct fn *fn = scope_alloc(sc, sizeof(*fn));

	fn->outer = outer;
	fn->info = info;
	fn->level = outer ? outer->level + 1 : 0;
	for (; outer; outer = outer->outer)
		outer->info->captured = true;
	return fn;
}

static void finish_frame(struct scope *sc, struct frame *f, struct frame_info *info)
{
	uint32_t i, nr = 0;

	info->inits = scope_alloc(sc, (f->nr + 1) * sizeof(*info->inits));
	for (i = 0; i < f->nr; i++) {
		const struct sym *sym = &f->syms[i];

		if (!sym->has_ref)
			continue;
		if (sym->load == INIT_RESOLVE)
			note_free(sc, sym->name);
		info->inits[nr++] = (struct frame_init){
			.kind = sym->load,
			.slot = sym->slot,
			.from_hops = (uint16_t)(f->fn->level - sym->alias_level),
			.from_slot = sym->alias_slot,
			.name = sym->name,
		};
	}
	info->nr = nr;
}

static struct name *find_name(struct scope *sc, const char *s)
{
	uint32_t i;

	for (i = 0; i < sc->t->names_nr; i++)
		if (str_eq(sc->t->names[i]->str.s, s))
			return sc->t->names[i];
	return NULL;
}

static void resolve_name(struct scope *sc, struct frame *f, struct node *n)
{
	struct frame *where = NULL;
	struct sym *sym = find_ref(f, n->u.name.name, &where);

	if (!sym) { /* only where Jinja2 itself forgets to look, and fails: filters of set blocks */
		add_error(sc->errs, SYNTAX_ERROR, n->off, n->len,
			  "first {% set %} it, or use the filter in an expression",
			  "Jinja2 does not find the variable '%s' in the filter of a set block",
			  n->u.name.name->str.s);
		sc->failed = true;
		return;
	}
	n->u.name.slot = sym->slot;
	n->u.name.hops = (uint16_t)(f->fn->level - where->fn->level);
	if (n->op == CTX_STORE && sc->loops && str_eq(n->u.name.name->str.s, "loop")) {
		add_error(sc->errs, SYNTAX_ERROR, n->off, n->len, NULL,
			  "cannot assign to the special variable 'loop' in a for loop");
		sc->failed = true;
	}
}

static const char *nearest_builtin(const struct builtin *(*table)(size_t), const char *name)
{
	const char *names[128];
	size_t nr = 0;
	const struct builtin *b;

	while (nr < ARRAY_SIZE(names) && (b = table(nr)) != NULL)
		names[nr++] = b->name;
	return nearest_word(name, names, nr);
}

static void check_builtin(struct scope *sc, struct frame *f, struct node *n)
{
	bool filter = n->type == N_FILTER;
	const char *what = filter ? "filter" : "test", *name = n->u.call.name->str.s, *near;
	const struct builtin *b = n->u.call.builtin;
	uint32_t off = n->off;
	size_t len = n->u.call.name->str.len;

	if (b && b->fn)
		return;
	if (b) {
		add_error(sc->errs, UNSUPPORTED_ERROR, off, len, b->why,
			  "the %s '%s' is not supported", what, name);
		sc->t->broken = true;
		return;
	}
	if (f->soft) /* as in Jinja2: an error only if it is reached */
		return;
	near = nearest_builtin(filter ? filter_table : test_table, name);
	add_error(sc->errs, SYNTAX_ERROR, off, len,
		  near ? arena_strfmt(&sc->t->arena, "did you mean '%s'?", near) : NULL,
		  "no %s named '%s'", what, name);
	sc->t->broken = true;
}

static void set_target_ctx(struct node *n, enum name_ctx ctx)
{
	uint32_t i;

	if (n->type == N_NAME)
		n->op = (uint8_t)ctx;
	else if (n->type == N_TUPLE)
		for (i = 0; i < n->u.list.nr; i++)
			set_target_ctx(n->u.list.v[i], ctx);
}

static struct node *clone_target(struct scope *sc, const struct node *n)
{
	struct node *copy = scope_alloc(sc, sizeof(*copy));
	uint32_t i;

	*copy = *n;
	if (n->type == N_TUPLE) {
		copy->u.list = (struct node_list){ 0 };
		for (i = 0; i < n->u.list.nr; i++)
			node_list_add(&sc->t->arena, &copy->u.list,
				      clone_target(sc, n->u.list.v[i]));
	}
	return copy;
}

static void resolve_for(struct scope *sc, struct frame *f, struct node *n)
{
	struct fn *fn = f->fn;
	struct frame *body, *test, *els;

	resolve(sc, f, n->u.for_.iter);
	if (n->u.for_.recursive)
		fn = inner_fn(sc, f->fn, &n->u.for_.function);
	sc->loops++;
	body = inner_frame(sc, f, fn);
	n->u.for_.extended = n->u.for_.recursive || undeclared(&n->u.for_.body, "loop") != NULL;
	if (n->u.for_.extended) {
		struct name *loop = find_name(sc, "loop");

		if (loop)
			n->u.for_.loop_slot = declare_parameter(sc, body, loop);
		else
			n->u.for_.extended = false;
	}
	set_target_ctx(n->u.for_.target, CTX_PARAM);
	visit_node(sc, body, n->u.for_.target);
	visit_nodes(sc, body, &n->u.for_.body);
	if (n->u.for_.test) {
		struct fn *test_fn = inner_fn(sc, fn, &n->u.for_.test_function);

		test = inner_frame(sc, f, test_fn);
		n->u.for_.test_target = clone_target(sc, n->u.for_.target);
		visit_node(sc, test, n->u.for_.test_target);
		visit_node(sc, test, n->u.for_.test);
		set_target_ctx(n->u.for_.test_target, CTX_STORE);
		resolve(sc, test, n->u.for_.test_target);
		resolve(sc, test, n->u.for_.test);
		finish_frame(sc, test, &n->u.for_.test_frame);
	}
	set_target_ctx(n->u.for_.target, CTX_STORE);
	resolve(sc, body, n->u.for_.target);
	resolve_list(sc, body, &n->u.for_.body);
	finish_frame(sc, body, &n->u.for_.body_frame);
	if (n->u.for_.has_else) {
		els = inner_frame(sc, f, fn);
		visit_nodes(sc, els, &n->u.for_.else_);
		resolve_list(sc, els, &n->u.for_.else_);
		finish_frame(sc, els, &n->u.for_.else_frame);
	}
	sc->loops--;
}

static bool special_param(struct scope *sc, struct frame *f, struct node *n, const char *word,
			  uint16_t *slot)
{
	struct name *name = find_name(sc, word);
	uint32_t i;

	if (!name || !undeclared(&n->u.macro.body, word))
		return false;
	for (i = 0; i < n->u.macro.args.nr; i++)
		if (n->u.macro.args.v[i]->u.name.name == name)
			return false;
	*slot = declare_parameter(sc, f, name);
	return true;
}

static void resolve_macro(struct scope *sc, struct frame *outer, struct node *n)
{
	struct fn *fn = inner_fn(sc, outer->fn, &n->u.macro.function);
	struct frame *f = inner_frame(sc, outer, fn);
	uint32_t i, required = n->u.macro.args.nr - n->u.macro.defaults.nr;
	bool uses_caller;

	visit_nodes(sc, f, &n->u.macro.args);
	uses_caller = undeclared(&n->u.macro.body, "caller") != NULL;
	for (i = 0; i < n->u.macro.args.nr; i++) {
		struct node *arg = n->u.macro.args.v[i];

		if (!str_eq(arg->u.name.name->str.s, "caller"))
			continue;
		n->u.macro.explicit_caller = true;
		if (uses_caller && i < required) {
			add_error(
				sc->errs, SYNTAX_ERROR, arg->off, arg->len, NULL,
				"the special argument 'caller' must be left out or given a default");
			sc->failed = true;
		}
	}
	n->u.macro.uses_caller = special_param(sc, f, n, "caller", &n->u.macro.caller_slot) ||
				 (uses_caller && n->u.macro.explicit_caller);
	n->u.macro.uses_kwargs = special_param(sc, f, n, "kwargs", &n->u.macro.kwargs_slot);
	n->u.macro.uses_varargs = special_param(sc, f, n, "varargs", &n->u.macro.varargs_slot);
	visit_nodes(sc, f, &n->u.macro.defaults);
	visit_nodes(sc, f, &n->u.macro.body);
	resolve_list(sc, f, &n->u.macro.args);
	resolve_list(sc, f, &n->u.macro.defaults);
	resolve_list(sc, f, &n->u.macro.body);
	finish_frame(sc, f, &n->u.macro.frame);
}

static void resolve_block(struct scope *sc, struct frame *outer, struct node *n)
{
	struct frame *f = inner_frame(sc, outer, outer->fn);

	resolve_list(sc, outer, &n->u.block.values);
	visit_nodes(sc, f, &n->u.block.targets);
	visit_nodes(sc, f, &n->u.block.body);
	resolve_list(sc, f, &n->u.block.targets);
	resolve_list(sc, f, &n->u.block.body);
	resolve(sc, f, n->u.block.filter);
	finish_frame(sc, f, &n->u.block.frame);
}

static void resolve_set_block(struct scope *sc, struct frame *outer, struct node *n)
{
	struct frame *f = inner_frame(sc, outer, outer->fn);

	visit_nodes(sc, f, &n->u.set.body);
	resolve_list(sc, f, &n->u.set.body);
	resolve(sc, f, n->u.set.value);
	resolve(sc, outer, n->u.set.target);
	finish_frame(sc, f, &n->u.set.frame);
}

static void resolve_list(struct scope *sc, struct frame *f, struct node_list *list)
{
	uint32_t i;

	for (i = 0; i < list->nr; i++)
		resolve(sc, f, list->v[i]);
}

/* Of a node that has no frame of its own: its parts, in the frame it stands in. */
static void resolve_part(struct node *n, void *data)
{
	const struct place *place = data;

	resolve(place->sc, place->f, n);
}

static void resolve_parts(struct scope *sc, struct frame *f, const struct node *n)
{
	struct place place = { sc, f };

	tree_parts(n, resolve_part, &place);
}

static void resolve_soft(struct scope *sc, struct frame *f, const struct node *n)
{
	bool soft = f->soft;

	f->soft = true;
	resolve_parts(sc, f, n);
	f->soft = soft;
}

static void resolve(struct scope *sc, struct frame *f, struct node *n)
{
	if (!n)
		return;
	switch ((enum node_type)n->type) {
	case N_NAME:
	case N_NSREF:
		resolve_name(sc, f, n);
		break;
	case N_FILTER:
	case N_TEST:
		check_builtin(sc, f, n);
		resolve_parts(sc, f, n);
		break;
	case N_COND:
	case N_IF:
		resolve_soft(sc, f, n);
		break;
	case N_FOR:
		resolve_for(sc, f, n);
		break;
	case N_SET: /* the value first: it does not see the name */
		resolve(sc, f, n->u.set.value);
		resolve(sc, f, n->u.set.target);
		break;
	case N_SET_BLOCK:
		resolve_set_block(sc, f, n);
		break;
	case N_MACRO:
		resolve_macro(sc, f, n);
		resolve(sc, f, n->u.macro.target);
		break;
	case N_CALL_BLOCK:
		resolve_macro(sc, f, n);
		resolve(sc, f, n->u.macro.call);
		break;
	case N_FILTER_BLOCK:
	case N_WITH:
	case N_SCOPE:
		resolve_block(sc, f, n);
		break;
	default:
		resolve_parts(sc, f, n);
		break;
	}
}

bool resolve_scopes(struct template *t, struct template_errors *errs)
{
	struct scope sc = { .t = t, .errs = errs };
	struct fn *fn = inner_fn(&sc, NULL, &t->function);
	struct frame *f = inner_frame(&sc, NULL, fn);
	const struct node *self;

	visit_nodes(&sc, f, &t->body);
	resolve_list(&sc, f, &t->body);
	self = undeclared(&t->body, "self");
	if (self) { /* Jinja2 has a reference to the template there */
		add_error(errs, UNSUPPORTED_ERROR, self->off, self->len, NULL,
			  "the variable 'self' is not supported");
		sc.failed = true;
	}
	finish_frame(&sc, f, &t->frame);
	free(sc.journal);
	return !sc.failed;
}
