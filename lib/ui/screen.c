#include "base/base.h"
#include "ui/screen.h"

#include "base/utf8.h"

#include <signal.h>
#include <sys/ioctl.h>

#define ROWS_DEFAULT	24
#define COLUMNS_DEFAULT 80
#define SIZE_MAX_SANE	10000

#define UP	    "\033[%zuA"
#define CLEAR_LINE  "\033[K"
#define CLEAR_BELOW "\033[J"
#define LOOK_OFF    "\033[m"
/* What we think is narrower than it is, the terminal cuts; switched on again in each frame. */
#define WRAP_OFF "\033[?7l"
#define WRAP_ON	 "\033[?7h"

struct shown {
	char *text;
	size_t width;
	enum table_look look;
};

struct screen {
	FILE *out;
	int fd;
	bool terminal, colour;
	size_t rows, columns;
	struct shown *shown;
	size_t nr;
	struct sigaction old_winch, old_cont;
};

/* By signals: the size is another one; we were stopped, and others wrote meanwhile. */
static volatile sig_atomic_t resized, continued;

static void on_signal(int number)
{
	if (number == SIGWINCH)
		resized = 1;
	else
		continued = 1;
}

static size_t size_from(const char *name, size_t otherwise)
{
	const char *text = getenv(name);
	uint64_t n;

	return text && parse_uint(text, 1, SIZE_MAX_SANE, &n) ? (size_t)n : otherwise;
}

static void read_size(struct screen *s)
{
	struct winsize ws = { 0 };

	if (ioctl(s->fd, TIOCGWINSZ, &ws) < 0)
		memset(&ws, 0, sizeof(ws));
	s->rows = ws.ws_row ? ws.ws_row : size_from("LINES", ROWS_DEFAULT);
	s->columns = ws.ws_col ? ws.ws_col : size_from("COLUMNS", COLUMNS_DEFAULT);
}

/* Drawing there would mix with what the shell does now. */
static bool in_foreground(const struct screen *s)
{
	pid_t group = s->terminal ? tcgetpgrp(s->fd) : -1;

	return group < 0 || group == getpgid(0);
}

struct screen *screen_open(FILE *out, enum screen_wanted wanted, bool colour)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	const char *term = getenv("TERM");
	struct screen *s;
	bool terminal = isatty(fileno(out));

	if (wanted == SCREEN_NEVER || (wanted == SCREEN_AUTO && !terminal) || !term || !*term ||
	    str_eq(term, "dumb"))
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->out = out;
	s->fd = fileno(out);
	s->terminal = terminal;
	s->colour = colour;
	resized = continued = 0;
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGWINCH, &action, &s->old_winch) < 0 ||
	    sigaction(SIGCONT, &action, &s->old_cont) < 0)
		BUG("SIGWINCH and SIGCONT can't be caught");
	read_size(s);
	return s;
}

static void forget(struct screen *s)
{
	size_t i;

	for (i = 0; i < s->nr; i++)
		free(s->shown[i].text);
	FREE_AND_NULL(s->shown);
	s->nr = 0;
}

void screen_close(struct screen *s)
{
	if (!s)
		return;
	if (sigaction(SIGWINCH, &s->old_winch, NULL) < 0 ||
	    sigaction(SIGCONT, &s->old_cont, NULL) < 0)
		BUG("SIGWINCH and SIGCONT can't be set back");
	forget(s);
	free(s);
}

size_t screen_rows(const struct screen *s)
{
	return s->rows > 3 ? s->rows - 2 : 1;
}

size_t screen_columns(const struct screen *s)
{
	return s->columns > 1 ? s->columns - 1 : 1;
}

/* Stopped by Ctrl-Z in its middle, half a frame would stand there. */
static int write_frame(const struct screen *s, const struct strbuf *frame)
{
	sigset_t hold, before;
	size_t done = 0;
	int ret = 0;

	if (fflush(s->out))
		return -1;
	sigemptyset(&hold);
	sigaddset(&hold, SIGINT);
	sigaddset(&hold, SIGTERM);
	sigaddset(&hold, SIGQUIT);
	sigaddset(&hold, SIGTSTP);
	if (sigprocmask(SIG_BLOCK, &hold, &before) < 0)
		return -1;
	while (!ret && done < frame->len) {
		ssize_t n = write(s->fd, frame->buf + done, frame->len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			ret = -1;
	}
	if (sigprocmask(SIG_SETMASK, &before, NULL) < 0)
		return -1;
	return ret;
}

/* Terminals wrap the lines that have become too long, so the block is higher by now. */
static size_t height_now(const struct screen *s)
{
	size_t height = 0, i;

	for (i = 0; i < s->nr; i++)
		height += MAX((s->shown[i].width + s->columns - 1) / s->columns, 1);
	return height;
}

static void go_up(struct strbuf *frame, size_t lines)
{
	strbuf_addch(frame, '\r');
	if (lines)
		strbuf_addf(frame, UP, lines);
}

/* After this `frame` begins where the block stood, or a new one is to stand. */
static void take_notice(struct screen *s, struct strbuf *frame)
{
	if (continued) {
		continued = 0;
		resized = 1;
		forget(s);
	}
	if (!resized)
		return;
	resized = 0;
	read_size(s);
	if (s->nr) {
		go_up(frame, height_now(s));
		strbuf_addstr(frame, CLEAR_BELOW);
		forget(s);
	}
}

static void add_line(const struct screen *s, struct strbuf *frame, struct shown *to,
		     const struct screen_line *line)
{
	const size_t room = screen_columns(s);
	struct strbuf text = STRBUF_INIT;
	size_t len = strlen(line->text);

	if (utf8_width(line->text, len) <= room) {
		strbuf_addstr(&text, line->text);
	} else {
		strbuf_add(&text, line->text, utf8_cut(line->text, len, room > 2 ? room - 2 : 0));
		strbuf_addchars(&text, '.', MIN(room, 2));
	}
	if (s->colour)
		strbuf_addstr(frame, table_look_code(line->look));
	strbuf_addbuf(frame, &text);
	if (s->colour && *table_look_code(line->look))
		strbuf_addstr(frame, LOOK_OFF);
	strbuf_addstr(frame, CLEAR_LINE "\r\n");
	to->width = utf8_width(text.buf, text.len);
	to->look = line->look;
	free(to->text);
	to->text = xstrdup(line->text);
	strbuf_release(&text);
}

static bool is_same(const struct shown *shown, const struct screen_line *line)
{
	return shown->look == line->look && str_eq(shown->text, line->text);
}

static void add_block(struct screen *s, struct strbuf *frame, const struct screen_line *lines,
		      size_t nr)
{
	size_t first = 0, i;

	while (first < s->nr && first < nr && is_same(&s->shown[first], &lines[first]))
		first++;
	if (first == s->nr && first == nr)
		return;
	go_up(frame, s->nr - first);
	strbuf_addstr(frame, WRAP_OFF);
	for (i = nr; i < s->nr; i++)
		FREE_AND_NULL(s->shown[i].text);
	s->shown = xreallocarray(s->shown, MAX(nr, 1), sizeof(*s->shown));
	for (i = first; i < nr; i++) {
		if (i >= s->nr)
			memset(&s->shown[i], 0, sizeof(s->shown[i]));
		else if (is_same(&s->shown[i], &lines[i])) {
			strbuf_addstr(frame, "\r\n");
			continue;
		}
		add_line(s, frame, &s->shown[i], &lines[i]);
	}
	if (nr < s->nr)
		strbuf_addstr(frame, CLEAR_BELOW);
	strbuf_addstr(frame, WRAP_ON);
	s->nr = nr;
}

int screen_show(struct screen *s, const struct screen_line *lines, size_t nr)
{
	struct strbuf frame = STRBUF_INIT;
	int ret = 0;

	if (!in_foreground(s))
		return 0;
	take_notice(s, &frame);
	add_block(s, &frame, lines, MIN(nr, screen_rows(s)));
	if (frame.len)
		ret = write_frame(s, &frame);
	strbuf_release(&frame);
	return ret;
}

int screen_print(struct screen *s, const char *text, size_t len)
{
	struct screen_line *lines = xcalloc(MAX(s->nr, 1), sizeof(*lines));
	struct strbuf frame = STRBUF_INIT;
	size_t nr, i;
	int ret;

	/* In the background: below what stands there, whatever that is. */
	if (!in_foreground(s))
		continued = 1;
	for (nr = 0; nr < s->nr; nr++) {
		lines[nr].text = xstrdup(s->shown[nr].text);
		lines[nr].look = s->shown[nr].look;
	}
	take_notice(s, &frame);
	if (s->nr) {
		go_up(&frame, s->nr);
		strbuf_addstr(&frame, CLEAR_BELOW);
		forget(s);
	}
	for (i = 0; i < len; i++) {
		if (text[i] == '\n')
			strbuf_addch(&frame, '\r');
		strbuf_addch(&frame, text[i]);
	}
	if (in_foreground(s))
		add_block(s, &frame, lines, MIN(nr, screen_rows(s)));
	ret = write_frame(s, &frame);
	for (i = 0; i < nr; i++)
		free(lines[i].text);
	free(lines);
	strbuf_release(&frame);
	return ret;
}
