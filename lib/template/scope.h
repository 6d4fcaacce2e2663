#ifndef TEMPLATE_SCOPE_H
#define TEMPLATE_SCOPE_H

/* What scope.c and scope-symbols.c share: frames, and the symbols in them. */
#include "template/internal.h"

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

/* Where a walk over the tree is, for tree_parts(). */
struct place {
	struct scope *sc;
	struct frame *f;
};

void *scope_alloc(struct scope *sc, size_t size);
struct sym *find_ref(struct frame *f, const struct name *name, struct frame **where);
uint16_t declare_parameter(struct scope *sc, struct frame *f, struct name *name);
void note_free(struct scope *sc, struct name *name);
void load_name(struct scope *sc, struct frame *f, struct name *name);
void visit_nodes(struct scope *sc, struct frame *f, const struct node_list *list);
void visit_node(struct scope *sc, struct frame *f, struct node *n);

#endif
