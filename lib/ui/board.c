#include "base/base.h"
#include "ui/board.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/strmap.h"
#include "base/utf8.h"

#define FRAME_MS   100	/* at least between two frames */
#define SECOND_MS  1000 /* how often times change */
#define NAME_SHARE 2	/* of the columns, names take half at most */

struct item {
	char *key, *name, *step, *doing;
	enum board_state state;
	int64_t since, until;
};

/* "deployed" and how many were. */
struct outcome {
	char *name;
	size_t nr;
};

struct board {
	struct screen *screen;
	struct strmap by_key; /* to items */
	struct item **items;  /* in the order in which they came */
	size_t nr, alloc;
	struct outcome *outcomes;
	size_t outcomes_nr, outcomes_alloc;
	int64_t drawn_at;
	bool drawn, changed;
};

struct board *board_new(struct screen *screen)
{
	struct board *board = xcalloc(1, sizeof(*board));

	board->screen = screen;
	strmap_init(&board->by_key);
	return board;
}

static void free_item(struct item *item)
{
	free(item->key);
	free(item->name);
	free(item->step);
	free(item->doing);
	free(item);
}

void board_free(struct board *board)
{
	size_t i;

	if (!board)
		return;
	if (screen_show(board->screen, NULL, 0) < 0)
		errno = 0; /* the terminal is gone, and nobody is there to be told */
	screen_close(board->screen);
	for (i = 0; i < board->nr; i++)
		free_item(board->items[i]);
	free(board->items);
	for (i = 0; i < board->outcomes_nr; i++)
		free(board->outcomes[i].name);
	free(board->outcomes);
	strmap_release(&board->by_key, NULL);
	free(board);
}

static char *printable(const char *text)
{
	struct strbuf out = STRBUF_INIT;

	strbuf_add_printable(&out, text, strlen(text));
	return strbuf_detach(&out, NULL);
}

static void replace(char **to, const char *text)
{
	if (!text)
		return;
	free(*to);
	*to = printable(text);
}

void board_put(struct board *board, const char *key, const struct board_item *from)
{
	struct item *item = strmap_get(&board->by_key, key);

	if (!item) {
		item = xcalloc(1, sizeof(*item));
		item->key = xstrdup(key);
		item->name = printable(from->name ? from->name : key);
		item->step = xstrdup("");
		item->doing = xstrdup("");
		ALLOC_GROW(board->items, board->nr + 1, board->alloc);
		board->items[board->nr++] = item;
		strmap_put(&board->by_key, key, item);
	}
	/* Undoing takes steps, too; it does not become well again by them. */
	item->state = MAX(item->state, from->state);
	replace(&item->name, from->name);
	if (from->step && !str_eq(item->step, from->step))
		replace(&item->doing, "");
	replace(&item->step, from->step);
	replace(&item->doing, from->doing);
	if (from->since && !item->since)
		item->since = from->since;
	if (from->until)
		item->until = from->until;
	board->changed = true;
}

static void take_out(struct board *board, size_t i)
{
	struct item *item = board->items[i];

	memmove(&board->items[i], &board->items[i + 1],
		(board->nr - i - 1) * sizeof(*board->items));
	board->nr--;
	strmap_put(&board->by_key, item->key, NULL);
	free_item(item);
	board->changed = true;
}

void board_drop(struct board *board, const char *key)
{
	size_t i;

	for (i = board->nr; i-- > 0;)
		if (starts_with(board->items[i]->key, key))
			take_out(board, i);
}

void board_end(struct board *board, const char *key, const char *outcome)
{
	struct item *item = strmap_get(&board->by_key, key);
	size_t i = 0;

	while (item && board->items[i] != item)
		i++;
	if (item)
		take_out(board, i);
	for (i = 0; i < board->outcomes_nr; i++)
		if (str_eq(board->outcomes[i].name, outcome))
			break;
	if (i == board->outcomes_nr) {
		ALLOC_GROW(board->outcomes, i + 1, board->outcomes_alloc);
		board->outcomes[board->outcomes_nr++] = (struct outcome){ xstrdup(outcome), 0 };
	}
	board->outcomes[i].nr++;
	board->changed = true;
}

/* --- a frame --- */

/* 0:07, 12:34, 1:02:03 */
static void add_time(struct strbuf *out, int64_t ms)
{
	int64_t s = MAX(ms, 0) / 1000;

	if (s >= 3600)
		strbuf_addf(out, "%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60),
			    (int)(s % 60));
	else
		strbuf_addf(out, "%d:%02d", (int)(s / 60), (int)(s % 60));
}

struct frame {
	const struct board *board;
	int64_t now;
	size_t name_width, time_width;
	struct screen_line *lines;
	size_t nr, max;
	size_t hidden;
};

static char *elapsed(const struct item *item, int64_t now)
{
	struct strbuf out = STRBUF_INIT;

	if (item->since)
		add_time(&out, now - item->since);
	return strbuf_detach(&out, NULL);
}

static void add_padded(struct strbuf *out, const char *text, size_t width, bool right)
{
	size_t len = strlen(text), own = utf8_width(text, len);
	bool cut = own > width;

	if (cut) {
		len = utf8_cut(text, len, width - 2);
		own = utf8_width(text, len) + 2;
	}
	if (right)
		strbuf_addchars(out, ' ', width - own);
	strbuf_add(out, text, len);
	if (cut)
		strbuf_addstr(out, "..");
	if (!right)
		strbuf_addchars(out, ' ', width - own);
}

static void add_item(struct frame *frame, const struct item *item)
{
	static const enum table_look looks[] = {
		[BOARD_WAITING] = TABLE_DIM, [BOARD_RUNNING] = TABLE_PLAIN, [BOARD_FAILING] = TABLE_RED
	};
	struct screen_line *line = &frame->lines[frame->nr++];
	struct strbuf text = STRBUF_INIT;
	char *time = elapsed(item, frame->now);

	add_padded(&text, item->name, frame->name_width, false);
	strbuf_addstr(&text, "  ");
	if (frame->time_width) {
		add_padded(&text, time, frame->time_width, true);
		strbuf_addstr(&text, "  ");
	}
	if (item->until > frame->now) {
		/* The last second is one, not none. */
		add_time(&text, item->until - frame->now + SECOND_MS - 1);
		strbuf_addstr(&text, " left, ");
	}
	strbuf_addstr(&text, item->step);
	if (*item->step && *item->doing)
		strbuf_addstr(&text, ": ");
	strbuf_addstr(&text, item->doing);
	strbuf_rtrim(&text);
	line->text = strbuf_detach(&text, NULL);
	line->look = looks[item->state];
	free(time);
}

static void add_count(struct strbuf *out, size_t nr, const char *what)
{
	if (nr)
		strbuf_addf(out, "%s%zu %s", out->len ? ", " : "", nr, what);
}

static void add_summary(struct frame *frame)
{
	static const char *const names[] = {
		[BOARD_FAILING] = "failing", [BOARD_RUNNING] = "running", [BOARD_WAITING] = "waiting"
	};
	struct screen_line *line = &frame->lines[frame->nr++];
	size_t counts[ARRAY_SIZE(names)] = { 0 }, i;
	const struct board *board = frame->board;
	struct strbuf text = STRBUF_INIT, all = STRBUF_INIT;

	for (i = 0; i < board->nr; i++)
		counts[board->items[i]->state]++;
	for (i = ARRAY_SIZE(names); i-- > 0;)
		add_count(&text, counts[i], names[i]);
	for (i = 0; i < board->outcomes_nr; i++)
		add_count(&text, board->outcomes[i].nr, board->outcomes[i].name);
	if (frame->hidden)
		strbuf_addf(&all, "... %zu more; ", frame->hidden);
	strbuf_addbuf(&all, &text);
	line->text = strbuf_detach(&all, NULL);
	line->look = TABLE_BOLD;
	strbuf_release(&text);
}

/* Those in that state, as many as there is room for; marks them. */
static void choose(const struct board *board, enum board_state state, bool *shown, size_t *room)
{
	size_t i;

	for (i = 0; i < board->nr && *room; i++)
		if (board->items[i]->state == state) {
			shown[i] = true;
			--*room;
		}
}

static void measure(struct frame *frame, const bool *shown)
{
	const size_t most = MAX(screen_columns(frame->board->screen) / NAME_SHARE, 8);
	size_t i;

	for (i = 0; i < frame->board->nr; i++) {
		const struct item *item = frame->board->items[i];
		char *time = elapsed(item, frame->now);

		if (shown[i]) {
			frame->name_width =
				MAX(frame->name_width, utf8_width(item->name, strlen(item->name)));
			frame->time_width = MAX(frame->time_width, strlen(time));
		}
		free(time);
	}
	frame->name_width = MIN(frame->name_width, most);
}

static int draw(struct board *board, int64_t now)
{
	struct frame frame = { .board = board, .now = now, .max = screen_rows(board->screen) };
	bool *shown = xcalloc(MAX(board->nr, 1), sizeof(*shown));
	/* One thing alone needs no summing up; nor does a screen of one row have room for it. */
	bool sum = board->nr && (board->nr > 1 || board->outcomes_nr) && frame.max > 1;
	size_t room = frame.max - sum, i;
	int ret;

	choose(board, BOARD_FAILING, shown, &room);
	choose(board, BOARD_RUNNING, shown, &room);
	choose(board, BOARD_WAITING, shown, &room);
	measure(&frame, shown);
	frame.lines = xcalloc(frame.max, sizeof(*frame.lines));
	for (i = 0; i < board->nr; i++) {
		if (shown[i])
			add_item(&frame, board->items[i]);
		else
			frame.hidden++;
	}
	if (sum)
		add_summary(&frame);
	ret = screen_show(board->screen, frame.lines, frame.nr);
	for (i = 0; i < frame.nr; i++)
		free(frame.lines[i].text);
	free(frame.lines);
	free(shown);
	return ret;
}

int board_print(struct board *board, const char *text, size_t len)
{
	/* What the text tells the end of shall not stand below it once more. */
	if (board->drawn && board->changed && draw(board, board->drawn_at) < 0)
		return -1;
	return screen_print(board->screen, text, len);
}

int board_draw(struct board *board, int64_t now)
{
	int64_t since = now - board->drawn_at;

	/* A clock that was set back is no reason to stand still. */
	if (!board->drawn || since < 0 || since >= SECOND_MS ||
	    (board->changed && since >= FRAME_MS)) {
		if (draw(board, now) < 0)
			return -1;
		board->drawn = true;
		board->changed = false;
		board->drawn_at = now;
		since = 0;
	}
	return (int)((board->changed ? FRAME_MS : SECOND_MS) - since);
}
