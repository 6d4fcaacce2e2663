#include "base/base.h"
#include "base/finding.h"
#include "template/internal.h"

/*
 * Which variable a name means. This follows jinja2/idtracking.py: every body
 * of a loop, macro, block... is a frame with variables of its own; a frame
 * that sets a name of an outer frame works on a copy. What is found here
 * becomes slots, and a list of what to do with them when a frame is entered.
 */
struct fn {
	struct fn *outer;
	struct function_info *info;
	unsigned level;
};

struct sym {
	struct name *name;
	uint16_t slot;
	bool has_ref, stored;
	enum init_kind load;
	uint16_t alias_level, alias_slot;
};

struct change {
	uint32_t sym;
	struct sym before;
};

struct frame {
	struct frame *outer;
	struct fn *fn;
	struct sym *syms;
	uint32_t nr, alloc;
	uint32_t *index;
	uint32_t index_nr;
	bool soft;
};

struct scope {
	struct template *t;
	struct template_errors *errs;
	struct change *journal; /* of the branches of `if` under way */
	size_t journal_nr, journal_alloc;
	unsigned branches;
	uint32_t free_alloc;
	bool failed;
	unsigned loops; /* around the place under way */
};

static void resolve_list(struct scope *sc, struct frame *f, struct node_list *list);
static void resolve(struct scope *sc, struct frame *f, struct node *n);

static void *alloc(struct scope *sc, size_t size)
{
	return arena_alloc(&sc->t->arena, size);
}

/* --- symbols of a frame ---------------------------------------------------- */

static uint32_t probe(const struct frame *f, const struct name *name)
{
	uint32_t slot = name->str.hash & (f->index_nr - 1);

	while (f->index[slot] && f->syms[f->index[slot] - 1].name != name)
		slot = (slot + 1) & (f->index_nr - 1);
	return slot;
}

static struct sym *own_sym(const struct frame *f, const struct name *name)
{
	uint32_t slot;

	if (!f->index_nr)
		return NULL;
	slot = probe(f, name);
	return f->index[slot] ? &f->syms[f->index[slot] - 1] : NULL;
}

static struct sym *find_ref(struct frame *f, const struct name *name, struct frame **where)
{
	for (; f; f = f->outer) {
		struct sym *sym = own_sym(f, name);

		if (sym && sym->has_ref) {
			if (where)
				*where = f;
			return sym;
		}
	}
	return NULL;
}

static uint16_t new_slot(struct scope *sc, struct fn *fn, const struct name *name)
{
	if (fn->info->slots >= UINT16_MAX) {
		if (!sc->failed)
			add_error(sc->errs, LIMIT_ERROR, 0, 1, NULL, "too many variables (at '%s')",
				  name->str.s);
		sc->failed = true;
		return 0;
	}
	return (uint16_t)fn->info->slots++;
}

static struct sym *make_sym(struct scope *sc, struct frame *f, struct name *name)
{
	struct sym *sym = own_sym(f, name);

	if (sym)
		return sym;
	if (f->nr == f->alloc) {
		uint32_t i;

		f->alloc = f->alloc ? f->alloc * 2 : 8;
		sym = alloc(sc, f->alloc * sizeof(*sym));
		if (f->nr)
			memcpy(sym, f->syms, f->nr * sizeof(*sym));
		f->syms = sym;
		f->index_nr = f->alloc * 2;
		f->index = alloc(sc, f->index_nr * sizeof(*f->index));
		for (i = 0; i < f->nr; i++)
			f->index[probe(f, f->syms[i].name)] = i + 1;
	}
	sym = &f->syms[f->nr++];
	*sym = (struct sym){ .name = name, .slot = new_slot(sc, f->fn, name) };
	f->index[probe(f, name)] = f->nr;
	return sym;
}

/* About to change: remember how it was, for the end of the branch. */
static void touch(struct scope *sc, struct frame *f, struct sym *sym)
{
	if (!sc->branches)
		return;
	ALLOC_GROW(sc->journal, sc->journal_nr + 1, sc->journal_alloc);
	sc->journal[sc->journal_nr++] =
		(struct change){ .sym = (uint32_t)(sym - f->syms), .before = *sym };
}

static void define_ref(struct scope *sc, struct frame *f, struct name *name, enum init_kind load,
		       const struct sym *outer, const struct frame *outer_frame)
{
	struct sym *sym = make_sym(sc, f, name);

	touch(sc, f, sym);
	sym->has_ref = true;
	sym->load = load;
	if (outer) {
		sym->alias_level = (uint16_t)outer_frame->fn->level;
		sym->alias_slot = outer->slot;
	}
}

static void store_name(struct scope *sc, struct frame *f, struct name *name)
{
	struct sym *sym = make_sym(sc, f, name);
	struct frame *where = NULL;
	struct sym *outer;

	if (!sym->stored) {
		touch(sc, f, sym);
		sym->stored = true;
	}
	if (sym->has_ref)
		return;
	outer = f->outer ? find_ref(f->outer, name, &where) : NULL;
	define_ref(sc, f, name, outer ? INIT_ALIAS : INIT_UNDEFINED, outer, where);
}

static uint16_t declare_parameter(struct scope *sc, struct frame *f, struct name *name)
{
	struct sym *sym = make_sym(sc, f, name);

	touch(sc, f, sym);
	sym->stored = true;
	define_ref(sc, f, name, INIT_PARAM, NULL, NULL);
	return own_sym(f, name)->slot;
}

static void note_free(struct scope *sc, struct name *name)
{
	struct template *t = sc->t;

	if (name->free || find_global(name->str.s, name->str.len))
		return;
	name->free = true;
	if (t->free_names_nr == sc->free_alloc) {
		const char **bigger;

		sc->free_alloc = sc->free_alloc ? sc->free_alloc * 2 : 16;
		bigger = alloc(sc, sc->free_alloc * sizeof(*bigger));
		if (t->free_names_nr)
			memcpy(bigger, t->free_names, t->free_names_nr * sizeof(*bigger));
		t->free_names = bigger;
	}
	t->free_names[t->free_names_nr++] = name->str.s;
}

static void load_name(struct scope *sc, struct frame *f, struct name *name)
{
	if (!find_ref(f, name, NULL))
		define_ref(sc, f, name, INIT_RESOLVE, NULL, NULL);
}

/* --- FrameSymbolVisitor: the names of one frame ------------------------------ */

static void visit(struct scope *sc, struct frame *f, struct node *n);

static void visit_list(struct scope *sc, struct frame *f, const struct node_list *list)
{
	uint32_t i;

	for (i = 0; i < list->nr; i++)
		visit(sc, f, list->v[i]);
}

static void visit_args(struct scope *sc, struct frame *f, const struct node_args *args)
{
	visit_list(sc, f, &args->pos);
	visit_list(sc, f, &args->kw);
	visit(sc, f, args->dyn_args);
	visit(sc, f, args->dyn_kwargs);
}

/* What a branch has done to a symbol. */
struct outcome {
	uint32_t sym;
	unsigned branch;
	size_t seq;
	struct sym after;
};

struct outcomes {
	struct outcome *v;
	size_t nr, alloc;
};

static void end_branch(struct scope *sc, struct frame *f, size_t mark, unsigned branch,
		       struct outcomes *outs)
{
	while (sc->journal_nr > mark) {
		struct change *c = &sc->journal[--sc->journal_nr];
		struct sym *sym = &f->syms[c->sym];

		/* newest first: of several for one symbol the first counts */
		ALLOC_GROW(outs->v, outs->nr + 1, outs->alloc);
		outs->v[outs->nr] = (struct outcome){
			.sym = c->sym, .branch = branch, .seq = outs->nr, .after = *sym
		};
		outs->nr++;
		*sym = c->before;
	}
}

static int outcome_cmp(const void *a, const void *b)
{
	const struct outcome *x = a, *y = b;

	if (x->sym != y->sym)
		return x->sym < y->sym ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* branch_update(): set in all branches, or else what it was outside. */
static void merge_branches(struct scope *sc, struct frame *f, struct outcomes *outs)
{
	size_t i, j;

	if (outs->nr)
		qsort(outs->v, outs->nr, sizeof(*outs->v), outcome_cmp);
	for (i = 0; i < outs->nr; i = j) {
		struct sym *sym = &f->syms[outs->v[i].sym];
		bool was_stored = sym->stored;
		unsigned stores = 0;

		touch(sc, f, sym);
		for (j = i; j < outs->nr && outs->v[j].sym == outs->v[i].sym; j++) {
			const struct sym *after = &outs->v[j].after;

			if (j > i && outs->v[j].branch == outs->v[j - 1].branch)
				continue;
			stores += after->stored && !was_stored;
			if (after->has_ref) {
				sym->has_ref = true;
				sym->load = after->load;
				sym->alias_level = after->alias_level;
				sym->alias_slot = after->alias_slot;
			}
			sym->stored = sym->stored || after->stored;
		}
		if (stores && stores < 3) {
			struct frame *where = NULL;
			struct sym *outer = f->outer ? find_ref(f->outer, sym->name, &where) : NULL;

			sym->load = outer ? INIT_ALIAS : INIT_RESOLVE;
			if (outer) {
				sym->alias_level = (uint16_t)where->fn->level;
				sym->alias_slot = outer->slot;
			}
		}
	}
}

static void visit_branches(struct scope *sc, struct frame *f, struct node *n, uint32_t arm)
{
	struct outcomes outs = { 0 };
	size_t mark;
	uint32_t i;

	visit(sc, f, n->u.if_.tests.v[arm]);
	mark = sc->journal_nr;
	sc->branches++;
	visit_list(sc, f, &n->u.if_.bodies[arm]);
	end_branch(sc, f, mark, 0, &outs);
	if (!arm) {
		for (i = 1; i < n->u.if_.tests.nr; i++)
			visit_branches(sc, f, n, i);
		end_branch(sc, f, mark, 1, &outs);
		visit_list(sc, f, &n->u.if_.else_);
		end_branch(sc, f, mark, 2, &outs);
	}
	sc->branches--;
	merge_branches(sc, f, &outs);
	free(outs.v);
}

static void visit(struct scope *sc, struct frame *f, struct node *n)
{
	if (!n)
		return;
	switch ((enum node_type)n->type) {
	case N_NAME:
		if (n->op == CTX_LOAD)
			load_name(sc, f, n->u.name.name);
		else if (n->op == CTX_STORE)
			store_name(sc, f, n->u.name.name);
		else
			declare_parameter(sc, f, n->u.name.name);
		break;
	case N_NSREF:
		load_name(sc, f, n->u.name.name);
		break;
	case N_TUPLE:
	case N_LIST:
	case N_DICT:
	case N_CONCAT:
	case N_OUTPUT:
		visit_list(sc, f, &n->u.list);
		break;
	case N_UNARY:
	case N_BINARY:
	case N_AND:
	case N_OR:
	case N_NOT:
	case N_COND:
	case N_SLICE:
		visit(sc, f, n->u.op.a);
		visit(sc, f, n->u.op.b);
		visit(sc, f, n->u.op.c);
		break;
	case N_COMPARE:
		visit(sc, f, n->u.compare.expr);
		visit_list(sc, f, &n->u.compare.operands);
		break;
	case N_GETATTR:
	case N_GETITEM:
		visit(sc, f, n->u.get.obj);
		visit(sc, f, n->u.get.arg);
		break;
	case N_CALL:
	case N_FILTER:
	case N_TEST:
		visit(sc, f, n->u.call.callee);
		visit_args(sc, f, &n->u.call.args);
		break;
	case N_IF:
		visit_branches(sc, f, n, 0);
		break;
	case N_FOR:
		visit(sc, f, n->u.for_.iter);
		break;
	case N_SET:
		visit(sc, f, n->u.set.value);
		visit(sc, f, n->u.set.target);
		break;
	case N_SET_BLOCK:
		visit(sc, f, n->u.set.target);
		break;
	case N_MACRO:
		store_name(sc, f, n->u.macro.name);
		break;
	case N_CALL_BLOCK:
		visit(sc, f, n->u.macro.call);
		break;
	case N_FILTER_BLOCK:
		visit(sc, f, n->u.block.filter);
		break;
	case N_WITH:
		visit_list(sc, f, &n->u.block.values);
		break;
	case N_CONST:
	case N_DATA:
	case N_SCOPE:
		break;
	}
}

/* --- find_undeclared() ------------------------------------------------------- */

struct search {
	const char *word;
	bool gone, found;
};

static void search(struct search *s, const struct node *n);

static void search_list(struct search *s, const struct node_list *list)
{
	uint32_t i;

	for (i = 0; i < list->nr && !s->found && !s->gone; i++)
		search(s, list->v[i]);
}

static void search(struct search *s, const struct node *n)
{
	uint32_t i;

	if (!n || s->found || s->gone)
		return;
	switch ((enum node_type)n->type) {
	case N_NAME:
		if (str_eq(n->u.name.name->str.s, s->word)) {
			if (n->op == CTX_LOAD)
				s->found = true;
			else
				s->gone = true;
		}
		break;
	case N_TUPLE:
	case N_LIST:
	case N_DICT:
	case N_CONCAT:
	case N_OUTPUT:
		search_list(s, &n->u.list);
		break;
	case N_UNARY:
	case N_BINARY:
	case N_AND:
	case N_OR:
	case N_NOT:
	case N_COND:
	case N_SLICE:
		search(s, n->u.op.a);
		search(s, n->u.op.b);
		search(s, n->u.op.c);
		break;
	case N_COMPARE:
		search(s, n->u.compare.expr);
		search_list(s, &n->u.compare.operands);
		break;
	case N_GETATTR:
	case N_GETITEM:
		search(s, n->u.get.obj);
		search(s, n->u.get.arg);
		break;
	case N_CALL:
	case N_FILTER:
	case N_TEST:
		search(s, n->u.call.callee);
		search_list(s, &n->u.call.args.pos);
		search_list(s, &n->u.call.args.kw);
		search(s, n->u.call.args.dyn_args);
		search(s, n->u.call.args.dyn_kwargs);
		break;
	case N_IF:
		search(s, n->u.if_.tests.v[0]);
		search_list(s, &n->u.if_.bodies[0]);
		for (i = 1; i < n->u.if_.tests.nr; i++) {
			search(s, n->u.if_.tests.v[i]);
			search_list(s, &n->u.if_.bodies[i]);
		}
		search_list(s, &n->u.if_.else_);
		break;
	case N_FOR:
		search(s, n->u.for_.target);
		search(s, n->u.for_.iter);
		search_list(s, &n->u.for_.body);
		search_list(s, &n->u.for_.else_);
		search(s, n->u.for_.test);
		break;
	case N_SET:
	case N_SET_BLOCK:
		search(s, n->u.set.target);
		search(s, n->u.set.value);
		search_list(s, &n->u.set.body);
		break;
	case N_MACRO:
	case N_CALL_BLOCK:
		search(s, n->u.macro.call);
		search_list(s, &n->u.macro.args);
		search_list(s, &n->u.macro.defaults);
		search_list(s, &n->u.macro.body);
		break;
	case N_FILTER_BLOCK:
	case N_WITH:
	case N_SCOPE:
		search_list(s, &n->u.block.targets);
		search_list(s, &n->u.block.values);
		search_list(s, &n->u.block.body);
		search(s, n->u.block.filter);
		break;
	case N_CONST:
	case N_NSREF:
	case N_DATA:
		break;
	}
}

static bool undeclared(const struct node_list *body, const char *word)
{
	struct search s = { .word = word };

	search_list(&s, body);
	return s.found;
}

/* --- resolving: names become slots ------------------------------------------- */

static struct frame *inner_frame(struct scope *sc, struct frame *outer, struct fn *fn)
{
	struct frame *f = alloc(sc, sizeof(*f));

	f->outer = outer;
	f->fn = fn;
	return f;
}

static struct fn *inner_fn(struct scope *sc, struct fn *outer, struct function_info *info)
{
	struct fn *fn = alloc(sc, sizeof(*fn));

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

	info->inits = alloc(sc, (f->nr + 1) * sizeof(*info->inits));
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

	if (!sym) { /* only where Jinja2 itself forgets to look */
		load_name(sc, f, n->u.name.name);
		sym = find_ref(f, n->u.name.name, &where);
	}
	n->u.name.slot = sym->slot;
	n->u.name.hops = (uint16_t)(f->fn->level - where->fn->level);
	if (n->op == CTX_STORE && sc->loops && str_eq(n->u.name.name->str.s, "loop")) {
		add_error(sc->errs, SYNTAX_ERROR, n->off, n->len, NULL,
			  "cannot assign to the special variable 'loop' in a for loop");
		sc->failed = true;
	}
}

static void resolve_args(struct scope *sc, struct frame *f, struct node_args *args)
{
	resolve_list(sc, f, &args->pos);
	resolve_list(sc, f, &args->kw);
	resolve(sc, f, args->dyn_args);
	resolve(sc, f, args->dyn_kwargs);
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
	struct node *copy = alloc(sc, sizeof(*copy));
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
	n->u.for_.extended = n->u.for_.recursive || undeclared(&n->u.for_.body, "loop");
	if (n->u.for_.extended) {
		struct name *loop = find_name(sc, "loop");

		if (loop)
			n->u.for_.loop_slot = declare_parameter(sc, body, loop);
		else
			n->u.for_.extended = false;
	}
	set_target_ctx(n->u.for_.target, CTX_PARAM);
	visit(sc, body, n->u.for_.target);
	visit_list(sc, body, &n->u.for_.body);
	if (n->u.for_.test) {
		struct fn *test_fn = inner_fn(sc, fn, &n->u.for_.test_function);

		test = inner_frame(sc, f, test_fn);
		n->u.for_.test_target = clone_target(sc, n->u.for_.target);
		visit(sc, test, n->u.for_.test_target);
		visit(sc, test, n->u.for_.test);
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
		visit_list(sc, els, &n->u.for_.else_);
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

	visit_list(sc, f, &n->u.macro.args);
	uses_caller = undeclared(&n->u.macro.body, "caller");
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
	visit_list(sc, f, &n->u.macro.defaults);
	visit_list(sc, f, &n->u.macro.body);
	resolve_list(sc, f, &n->u.macro.args);
	resolve_list(sc, f, &n->u.macro.defaults);
	resolve_list(sc, f, &n->u.macro.body);
	finish_frame(sc, f, &n->u.macro.frame);
}

static void resolve_block(struct scope *sc, struct frame *outer, struct node *n)
{
	struct frame *f = inner_frame(sc, outer, outer->fn);

	resolve_list(sc, outer, &n->u.block.values);
	visit_list(sc, f, &n->u.block.targets);
	visit_list(sc, f, &n->u.block.body);
	resolve_list(sc, f, &n->u.block.targets);
	resolve_list(sc, f, &n->u.block.body);
	resolve(sc, f, n->u.block.filter);
	finish_frame(sc, f, &n->u.block.frame);
}

static void resolve_set_block(struct scope *sc, struct frame *outer, struct node *n)
{
	struct frame *f = inner_frame(sc, outer, outer->fn);

	visit_list(sc, f, &n->u.set.body);
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

static void resolve_soft(struct scope *sc, struct frame *f, struct node *n)
{
	bool soft = f->soft;
	uint32_t i;

	f->soft = true;
	if (n->type == N_COND) {
		resolve(sc, f, n->u.op.a);
		resolve(sc, f, n->u.op.b);
		resolve(sc, f, n->u.op.c);
	} else {
		resolve_list(sc, f, &n->u.if_.tests);
		for (i = 0; i < n->u.if_.tests.nr; i++)
			resolve_list(sc, f, &n->u.if_.bodies[i]);
		resolve_list(sc, f, &n->u.if_.else_);
	}
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
	case N_TUPLE:
	case N_LIST:
	case N_DICT:
	case N_CONCAT:
	case N_OUTPUT:
		resolve_list(sc, f, &n->u.list);
		break;
	case N_UNARY:
	case N_BINARY:
	case N_AND:
	case N_OR:
	case N_NOT:
	case N_SLICE:
		resolve(sc, f, n->u.op.a);
		resolve(sc, f, n->u.op.b);
		resolve(sc, f, n->u.op.c);
		break;
	case N_COMPARE:
		resolve(sc, f, n->u.compare.expr);
		resolve_list(sc, f, &n->u.compare.operands);
		break;
	case N_GETATTR:
	case N_GETITEM:
		resolve(sc, f, n->u.get.obj);
		resolve(sc, f, n->u.get.arg);
		break;
	case N_FILTER:
	case N_TEST:
		check_builtin(sc, f, n);
		resolve(sc, f, n->u.call.callee);
		resolve_args(sc, f, &n->u.call.args);
		break;
	case N_CALL:
		resolve(sc, f, n->u.call.callee);
		resolve_args(sc, f, &n->u.call.args);
		break;
	case N_COND:
	case N_IF:
		resolve_soft(sc, f, n);
		break;
	case N_FOR:
		resolve_for(sc, f, n);
		break;
	case N_SET:
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
	case N_CONST:
	case N_DATA:
		break;
	}
}

bool resolve_scopes(struct template *t, struct template_errors *errs)
{
	struct scope sc = { .t = t, .errs = errs };
	struct fn *fn = inner_fn(&sc, NULL, &t->function);
	struct frame *f = inner_frame(&sc, NULL, fn);

	visit_list(&sc, f, &t->body);
	resolve_list(&sc, f, &t->body);
	finish_frame(&sc, f, &t->frame);
	free(sc.journal);
	return !sc.failed;
}
