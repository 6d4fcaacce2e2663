#include "base/base.h"
#include "template/scope.h"

/* The names of one frame: what is known of each, and FrameSymbolVisitor, which finds them. */

void *scope_alloc(struct scope *sc, size_t size)
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

struct sym *find_ref(struct frame *f, const struct name *name, struct frame **where)
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
		sym = scope_alloc(sc, f->alloc * sizeof(*sym));
		if (f->nr)
			memcpy(sym, f->syms, f->nr * sizeof(*sym));
		f->syms = sym;
		f->index_nr = f->alloc * 2;
		f->index = scope_alloc(sc, f->index_nr * sizeof(*f->index));
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

uint16_t declare_parameter(struct scope *sc, struct frame *f, struct name *name)
{
	struct sym *sym = make_sym(sc, f, name);

	touch(sc, f, sym);
	sym->stored = true;
	define_ref(sc, f, name, INIT_PARAM, NULL, NULL);
	return own_sym(f, name)->slot;
}

void note_free(struct scope *sc, struct name *name)
{
	struct template *t = sc->t;

	if (name->free || find_global(name->str.s, name->str.len))
		return;
	name->free = true;
	if (t->free_names_nr == sc->free_alloc) {
		const char **bigger;

		sc->free_alloc = sc->free_alloc ? sc->free_alloc * 2 : 16;
		bigger = scope_alloc(sc, sc->free_alloc * sizeof(*bigger));
		if (t->free_names_nr)
			memcpy(bigger, t->free_names, t->free_names_nr * sizeof(*bigger));
		t->free_names = bigger;
	}
	t->free_names[t->free_names_nr++] = name->str.s;
}

void load_name(struct scope *sc, struct frame *f, struct name *name)
{
	if (!find_ref(f, name, NULL))
		define_ref(sc, f, name, INIT_RESOLVE, NULL, NULL);
}

void visit_nodes(struct scope *sc, struct frame *f, const struct node_list *list)
{
	uint32_t i;

	for (i = 0; i < list->nr; i++)
		visit_node(sc, f, list->v[i]);
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

	visit_node(sc, f, n->u.if_.tests.v[arm]);
	mark = sc->journal_nr;
	sc->branches++;
	visit_nodes(sc, f, &n->u.if_.bodies[arm]);
	end_branch(sc, f, mark, 0, &outs);
	if (!arm) {
		for (i = 1; i < n->u.if_.tests.nr; i++)
			visit_branches(sc, f, n, i);
		end_branch(sc, f, mark, 1, &outs);
		visit_nodes(sc, f, &n->u.if_.else_);
		end_branch(sc, f, mark, 2, &outs);
	}
	sc->branches--;
	merge_branches(sc, f, &outs);
	free(outs.v);
}

static void visit_part(struct node *n, void *data)
{
	const struct place *place = data;

	visit_node(place->sc, place->f, n);
}

static void visit_parts(struct scope *sc, struct frame *f, const struct node *n)
{
	struct place place = { sc, f };

	tree_parts(n, visit_part, &place);
}

static void visit_name(struct scope *sc, struct frame *f, const struct node *n)
{
	if (n->op == CTX_LOAD)
		load_name(sc, f, n->u.name.name);
	else if (n->op == CTX_STORE)
		store_name(sc, f, n->u.name.name);
	else
		declare_parameter(sc, f, n->u.name.name);
}

void visit_node(struct scope *sc, struct frame *f, struct node *n)
{
	if (!n)
		return;
	switch ((enum node_type)n->type) {
	case N_NAME:
		visit_name(sc, f, n);
		break;
	case N_NSREF:
		load_name(sc, f, n->u.name.name);
		break;
	case N_IF:
		visit_branches(sc, f, n, 0);
		break;
	/* What has a frame of its own shows to this one only what is not in that. */
	case N_FOR:
		visit_node(sc, f, n->u.for_.iter);
		break;
	case N_SET:
		visit_node(sc, f, n->u.set.value);
		visit_node(sc, f, n->u.set.target);
		break;
	case N_SET_BLOCK:
		visit_node(sc, f, n->u.set.target);
		break;
	case N_MACRO:
		store_name(sc, f, n->u.macro.name);
		break;
	case N_CALL_BLOCK:
		visit_node(sc, f, n->u.macro.call);
		break;
	case N_FILTER_BLOCK:
		visit_node(sc, f, n->u.block.filter);
		break;
	case N_WITH:
		visit_nodes(sc, f, &n->u.block.values);
		break;
	case N_SCOPE:
		break;
	default:
		visit_parts(sc, f, n);
		break;
	}
}
