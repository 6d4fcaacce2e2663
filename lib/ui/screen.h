#ifndef UI_SCREEN_H
#define UI_SCREEN_H

#include "base/base.h"
#include "ui/table.h"

/*
 * Lines at the end of a terminal that are written over in place, below text
 * that stays:
 *
 *	screen = screen_open(stdout, SCREEN_AUTO, true);
 *	if (!screen)
 *		... no terminal: lines one below the other
 *	screen_show(screen, lines, nr);		 the block
 *	screen_print(screen, text.buf, text.len);	above it, to stay
 *	screen_show(screen, NULL, 0);		 the block is gone
 *	screen_close(screen);
 *
 * Between two calls the cursor stands at the start of the line below the
 * block, and nothing of the terminal is set: whoever dies there, of whatever
 * signal, leaves a screen to go on with, and on it what was shown last. A
 * frame is written with signals held back, and only lines that differ are in
 * it. There is one screen at a time.
 */
struct screen;

enum screen_wanted {
	SCREEN_AUTO = 0, /* where there is a terminal and we are in its foreground */
	SCREEN_NEVER,
	SCREEN_ALWAYS /* also where `out` is something else */
};

struct screen_line {
	char *text; /* printable: strbuf_add_printable() made it so; no newline */
	enum table_look look;
};

/*
 * NULL where lines can't be written over, or shouldn't: TERM is unset or dumb.
 * The size comes from the terminal, else from COLUMNS and LINES, else it is 80
 * by 24; it is asked for again when it changes. Without `colour` no look is shown.
 */
struct screen *screen_open(FILE *out, enum screen_wanted wanted, bool colour);
/* What is shown stays. NULL is fine. */
void screen_close(struct screen *screen);

/* Lines that fit: what the terminal has less two, at least one. */
size_t screen_rows(const struct screen *screen);
/* Columns that fit; what is longer is cut, with "..". */
size_t screen_columns(const struct screen *screen);

/* Replace the block. Draws nothing while we are in the background. Negative: the terminal is gone. */
int screen_show(struct screen *screen, const struct screen_line *lines, size_t nr) MUST_CHECK;
/* Print whole lines above the block, printable but for looks. Negative: the terminal is gone. */
int screen_print(struct screen *screen, const char *text, size_t len) MUST_CHECK;

#endif
