#include "base/base.h"
#include "ui/table.h"

#include "base/utf8.h"

#define GAP	 2
#define CELL_MIN 6 /* narrower than that, a text says nothing */

struct table_cell {
	char *text;
	size_t width;
	enum table_look look;
	bool note; /* a line of its own */
};

static const char *const looks[] = {
	[TABLE_PLAIN] = "",	     [TABLE_BOLD] = "\033[1m", [TABLE_GREEN] = "\033[32m",
	[TABLE_YELLOW] = "\033[33m", [TABLE_RED] = "\033[31m", [TABLE_DIM] = "\033[2m",
};

const char *table_look_code(enum table_look look)
{
	return looks[look];
}

void table_init(struct table *table, size_t columns)
{
	memset(table, 0, sizeof(*table));
	table->columns = columns;
}

void table_release(struct table *table)
{
	size_t i;

	for (i = 0; i < table->nr; i++)
		free(table->cells[i].text);
	free(table->cells);
	table_init(table, table->columns);
}

static struct table_cell *add(struct table *table, enum table_look look, const char *text)
{
	struct strbuf printable = STRBUF_INIT;
	struct table_cell *cell;

	ALLOC_GROW(table->cells, table->nr + 1, table->alloc);
	cell = &table->cells[table->nr++];
	memset(cell, 0, sizeof(*cell));
	strbuf_add_printable(&printable, text, strlen(text));
	cell->width = utf8_width(printable.buf, printable.len);
	cell->text = strbuf_detach(&printable, NULL);
	cell->look = look;
	return cell;
}

void table_cell(struct table *table, enum table_look look, const char *text)
{
	add(table, look, text && *text ? text : "-");
	table->at = (table->at + 1) % table->columns;
}

void table_note(struct table *table, enum table_look look, const char *text)
{
	if (table->at)
		BUG("a note inside of a row");
	add(table, look, text)->note = true;
}

void table_keep(struct table *table, size_t column)
{
	table->fixed |= (uint64_t)1 << column;
}

void table_optional(struct table *table, size_t column)
{
	if (table->optional_nr == TABLE_OPTIONAL_MAX || column + 1 >= table->columns)
		BUG("column %zu can't be optional", column);
	table->optional[table->optional_nr++] = column;
}

/* A column that is left out has the width 0; others are never empty. */
static size_t total_width(const struct table *table, const size_t *widths)
{
	size_t sum = 0, i;

	for (i = 0; i < table->columns; i++)
		if (widths[i])
			sum += widths[i] + GAP;
	return sum ? sum - GAP : 0;
}

static void leave_out(const struct table *table, size_t *widths, unsigned width)
{
	size_t i;

	for (i = 0; i < table->optional_nr && total_width(table, widths) > width; i++)
		widths[table->optional[i]] = 0;
}

/* Cut the widest column until all of them fit, or none is left to cut. */
static void shrink(const struct table *table, size_t *widths, unsigned width)
{
	while (total_width(table, widths) > width) {
		size_t widest = table->columns, i;

		for (i = 0; i < table->columns; i++)
			if (!(table->fixed >> i & 1) && widths[i] > CELL_MIN &&
			    (widest == table->columns || widths[i] > widths[widest]))
				widest = i;
		if (widest == table->columns)
			return;
		widths[widest]--;
	}
}

static void print_cell(struct strbuf *out, const struct table_cell *cell, size_t width, bool last,
		       bool colour)
{
	size_t len = strlen(cell->text), own = cell->width;
	bool cut_off = own > width;

	if (cut_off) {
		len = utf8_cut(cell->text, len, width - 2);
		own = utf8_width(cell->text, len) + 2;
	}
	if (colour)
		strbuf_addstr(out, table_look_code(cell->look));
	strbuf_add(out, cell->text, len);
	if (cut_off)
		strbuf_addstr(out, "..");
	if (colour && *table_look_code(cell->look))
		strbuf_addstr(out, "\033[m");
	if (!last)
		strbuf_addchars(out, ' ', width - own + GAP);
}

void table_print(struct strbuf *out, const struct table *table, const struct table_style *style)
{
	size_t *widths = xcalloc(table->columns, sizeof(*widths)), i, column = 0;

	for (i = 0; i < table->nr; i++) {
		if (table->cells[i].note)
			continue;
		widths[column] = MAX(widths[column], table->cells[i].width);
		column = (column + 1) % table->columns;
	}
	if (style->width) {
		leave_out(table, widths, style->width);
		shrink(table, widths, style->width);
	}
	for (i = column = 0; i < table->nr; i++) {
		const struct table_cell *cell = &table->cells[i];
		bool last = cell->note || column + 1 == table->columns;

		if (cell->note)
			strbuf_addstr(out, "    ");
		if (cell->note || widths[column])
			print_cell(out, cell, cell->note ? cell->width : widths[column], last,
				   style->colour);
		if (last)
			strbuf_addch(out, '\n');
		if (!cell->note)
			column = (column + 1) % table->columns;
	}
	free(widths);
}
