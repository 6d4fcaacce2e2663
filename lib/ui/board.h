#ifndef UI_BOARD_H
#define UI_BOARD_H

#include "base/base.h"
#include "ui/screen.h"

/*
 * Progress of many things at once, a line for each, on a screen (screen.h):
 *
 *	dev/nginx/nginx  0:41  stabilize: 2 of 4 tasks running
 *	dev/api/api      2:10  4:12 left, traffic: 20 % to the new task set, waiting 5 min
 *	dev/web/web            waiting
 *	3 running, 1 waiting, 12 deployed
 *
 * Those that are over scroll away as lines that stay. Where there are more
 * than rows, the ones that run are shown, and the last line counts the others.
 * Texts are copied and control characters in them defused.
 */
struct board;

enum board_state {
	BOARD_WAITING = 0, /* has not begun */
	BOARD_RUNNING,
	BOARD_FAILING /* something failed, and is being undone */
};

/* What is known of one; NULL and 0 in `board_put()` leave what there was. */
struct board_item {
	enum board_state state;
	const char *name;  /* what the line begins with */
	const char *step;  /* what it is at; another one than before ends what it was doing */
	const char *doing; /* within that */
	int64_t since;	   /* ms since the epoch; when it began */
	int64_t until;	   /* ms since the epoch: it waits until then; BOARD_NO_WAIT */
};
#define BOARD_NO_WAIT (-1)

/* Takes `screen`. */
struct board *board_new(struct screen *screen);
/* What is shown goes; NULL is fine. */
void board_free(struct board *board);

/* `key` is the caller's name for it: the same key, the same line. */
void board_put(struct board *board, const char *key, const struct board_item *item);
/* It is over, as `outcome` says: "deployed", "failed". Counted, and its line goes. */
void board_end(struct board *board, const char *key, const char *outcome);
/* Forget all whose key begins with `key`: nobody will say how they end. */
void board_drop(struct board *board, const char *key);
/* A line that stays, above; `text` is printable and ends with a newline. */
int board_print(struct board *board, const char *text, size_t len) MUST_CHECK;

/*
 * Draw, but not more than ten times a second. To be called after changes and
 * when the time is over that the last call returned: so many ms until
 * something is to be seen, or negative when the terminal is gone.
 */
int board_draw(struct board *board, int64_t now_ms) MUST_CHECK;

#endif
