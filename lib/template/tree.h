#ifndef TEMPLATE_TREE_H
#define TEMPLATE_TREE_H

/*
 * What the parser makes of a template: nodes, the names in them, the frames that
 * scope.c lays out; and the template that owns them.
 */
#include "template/value.h"

enum node_type {
	/* expressions */
	N_CONST,
	N_NAME,
	N_NSREF,
	N_TUPLE,
	N_LIST,
	N_DICT,
	N_UNARY,
	N_BINARY,
	N_AND,
	N_OR,
	N_NOT,
	N_COMPARE,
	N_CONCAT,
	N_COND,
	N_GETATTR,
	N_GETITEM,
	N_SLICE,
	N_CALL,
	N_FILTER,
	N_TEST,
	N_FOLDED, /* a constant, u.op.a, that Jinja2 would write down: see fold.c */
	/* statements */
	N_DATA,
	N_OUTPUT,
	N_IF,
	N_FOR,
	N_SET,
	N_SET_BLOCK,
	N_MACRO,
	N_CALL_BLOCK,
	N_FILTER_BLOCK,
	N_WITH,
	N_SCOPE
};

enum name_ctx {
	CTX_LOAD,
	CTX_STORE,
	CTX_PARAM
};

struct name {
	struct vstr str;
	uint32_t index;
	bool free; /* read from the values somewhere */
	/* as an attribute: known of these types (a set of 1 << value_type), and what it is there */
	bool is_attr;
	uint8_t loop_attr; /* enum loop_attr + 1 */
	uint32_t attr_types;
	const struct method_def *dict_method, *str_method;
};

struct node_list {
	struct node **v;
	uint32_t nr, alloc;
};

struct node_args {
	struct node_list pos;
	struct node_list kw; /* values; their names in kw_names */
	struct name **kw_names;
	struct node *dyn_args, *dyn_kwargs;
};

/* What happens to the variables of a frame when it is entered. */
enum init_kind {
	INIT_PARAM,
	INIT_RESOLVE,
	INIT_ALIAS,
	INIT_UNDEFINED
};

struct frame_init {
	enum init_kind kind;
	uint16_t slot;
	uint16_t from_hops, from_slot; /* INIT_ALIAS */
	struct name *name;
};

struct frame_info {
	struct frame_init *inits;
	uint32_t nr;
};

struct function_info {
	uint32_t slots;
	bool captured; /* a macro inside may outlive the activation */
};

struct node {
	uint8_t type; /* enum node_type */
	uint8_t op;   /* enum operator; N_NAME: enum name_ctx */
	uint16_t depth;
	uint32_t off, len; /* in the template */
	union {
		struct value konst;
		struct {
			struct name *name;
			uint16_t hops, slot;
			struct name *attr; /* N_NSREF */
		} name;
		struct node_list list; /* N_TUPLE, N_LIST, N_DICT (k v k v), N_CONCAT, N_OUTPUT */
		struct {
			struct node *a, *b,
				*c; /* b of N_BINARY; N_COND: test, then, else; N_SLICE */
		} op;
		struct {
			struct node *expr;
			struct node_list operands;
			uint8_t *ops;
		} compare;
		struct {
			struct node *obj;
			struct name *name;
			struct node *arg; /* N_GETITEM */
		} get;
		struct {
			struct node *callee; /* N_FILTER, N_TEST: the value; NULL: of a block */
			struct name *name;
			const struct builtin *builtin; /* NULL: unknown, an error when reached */
			struct node_args args;
		} call;
		struct {
			const char *s;
			uint32_t len;
		} data;
		struct {
			struct node_list tests; /* then one body each, in `bodies` */
			struct node_list *bodies;
			struct node_list else_;
		} if_;
		struct {
			struct node *target, *iter, *test;
			struct node_list body, else_;
			bool recursive, has_else, extended;
			uint16_t loop_slot;
			struct frame_info body_frame, test_frame, else_frame;
			struct function_info function;	    /* of a recursive loop */
			struct function_info test_function; /* of the test */
			struct node *test_target;
		} for_;
		struct {
			struct node *target, *value; /* value: the filter, for a block */
			struct node_list body;
			struct frame_info frame;
		} set;
		struct {
			struct name *name;   /* N_MACRO */
			struct node *target; /* where N_MACRO is stored */
			struct node *call;   /* N_CALL_BLOCK */
			struct node_list args, defaults, body;
			struct frame_info frame;
			struct function_info function;
			bool uses_caller, uses_kwargs, uses_varargs, explicit_caller;
			uint16_t caller_slot, kwargs_slot, varargs_slot;
		} macro;
		struct {
			struct node *filter;
			struct node_list targets, values, body;
			struct frame_info frame;
		} block; /* N_FILTER_BLOCK, N_WITH, N_SCOPE */
	} u;
};

struct template
{
	struct arena arena;
	const char *text; /* as given, for the places of errors */
	size_t text_len;
	bool broken; /* it names a filter or test that there is not: rendered for its errors only */
	bool plain;
	const char *plain_text; /* after normalization */
	size_t plain_len;
	struct node_list body;
	struct frame_info frame;
	struct function_info function;
	struct name **names;
	uint32_t names_nr;
	const char **free_names;
	size_t free_names_nr;
};

/* The two halves of parsing: false with errors added. */
bool parse_body(struct template *t, struct template_errors *errs);
bool resolve_scopes(struct template *t, struct template_errors *errs);
void find_folded(struct template *t); /* after that */
bool node_list_add(struct arena *arena, struct node_list *list, struct node *node);

/* Calls `visit` with each part that `n` has, in the order in which Jinja2 looks at them. */
typedef void tree_visit(struct node *part, void *data);
void tree_parts(const struct node *n, tree_visit *visit, void *data);

#endif
