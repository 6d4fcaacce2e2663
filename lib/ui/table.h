#ifndef UI_TABLE_H
#define UI_TABLE_H

#include "base/base.h"
#include "base/strbuf.h"

/*
 * Columns of text, aligned by what they take on a terminal. Fill row by row:
 *
 *	struct table table;
 *
 *	table_init(&table, 2);
 *	table_cell(&table, TABLE_BOLD, "NAME");
 *	table_cell(&table, TABLE_BOLD, "STATE");
 *	table_cell(&table, TABLE_PLAIN, name);
 *	table_cell(&table, TABLE_GREEN, "deployed");
 *	table_note(&table, TABLE_RED, "below that row, as wide as it likes");
 *	table_print(&out, &table, &style);
 *	table_release(&table);
 *
 * Texts are copied and control characters in them defused. Where there is more
 * than the style's width, columns that table_optional() names are left out, in
 * the order they were named; then the widest texts are cut, with "..", but for
 * columns that table_keep() names.
 */
enum table_look {
	TABLE_PLAIN = 0,
	TABLE_BOLD,
	TABLE_GREEN,
	TABLE_YELLOW,
	TABLE_RED,
	TABLE_DIM
};

/* What switches a look on; "" for TABLE_PLAIN. "\033[m" switches it off. */
const char *table_look_code(enum table_look look);

struct table_cell;

#define TABLE_OPTIONAL_MAX 4

struct table {
	size_t columns;
	struct table_cell *cells;
	size_t nr, alloc;
	size_t at;	/* column of the next cell */
	uint64_t fixed; /* bit n: column n is never cut */
	size_t optional[TABLE_OPTIONAL_MAX], optional_nr;
};

struct table_style {
	bool colour;
	unsigned width; /* 0: any */
};

void table_init(struct table *table, size_t columns);
void table_release(struct table *table);
void table_keep(struct table *table, size_t column);
/* Not the last column. */
void table_optional(struct table *table, size_t column);
/* NULL and "" are shown as "-". */
void table_cell(struct table *table, enum table_look look, const char *text);
void table_note(struct table *table, enum table_look look, const char *text);
void table_print(struct strbuf *out, const struct table *table, const struct table_style *style);

#endif
