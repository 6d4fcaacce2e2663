#ifndef TEMPLATE_EXEC_H
#define TEMPLATE_EXEC_H

/* What the files that run statements share. */
#include "template/internal.h"

/* What the expression under way has read, put aside while a macro runs. */
struct reads {
	bool taint;
	struct origins origins;
};

struct act *new_act(struct ev *ev, struct act *parent, uint32_t slots);
struct value marked(struct ev *ev, struct value v);
static inline void begin_expression(struct ev *ev)
{
	ev->taint = false;
	ev->origins.nr = 0;
	ev->origins.more = false;
}
struct reads save_reads(const struct ev *ev);
void restore_reads(struct ev *ev, const struct reads *r);
void add_run(struct ev *ev, size_t from, const struct node *n, bool literal);
void begin_capture(struct ev *ev, struct buf *b);
struct value end_capture(struct ev *ev, struct buf *b);
void exec_for(struct ev *ev, const struct node *n);
void add_block_text(struct ev *ev, struct value v);
void exec_macro(struct ev *ev, const struct node *n);
void exec_call_block(struct ev *ev, const struct node *n);

#endif
