#include "base/base.h"
#include "ui/findings.h"

#include <sys/ioctl.h>

#include "base/json.h"
#include "base/utf8.h"

const char *const findings_formats[] = { "text", "json", "sarif", NULL };

/* A source line has at most so many characters here, see finding_at(). */
#define CELLS_MAX 1024
#define TAB_WIDTH 8
#define WIDTH_MIN 24

struct findings_style findings_style_for(int fd, const char *color_ui)
{
	struct findings_style style = FINDINGS_STYLE_INIT;
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
	bool terminal = isatty(fd);
	struct winsize ws;

	if (terminal && !ioctl(fd, TIOCGWINSZ, &ws) && ws.ws_col >= WIDTH_MIN)
		style.width = ws.ws_col;
	if (color_ui && str_eq(color_ui, "always"))
		style.colour = true;
	else if (color_ui && (str_eq(color_ui, "false") || str_eq(color_ui, "never") ||
			      str_eq(color_ui, "no") || str_eq(color_ui, "off")))
		style.colour = false;
	else
		style.colour = terminal && term && !str_eq(term, "dumb") &&
			       !(no_color && *no_color);
	return style;
}

static const char *severity_name(enum severity severity)
{
	switch (severity) {
	case SEVERITY_ERROR:
		return "error";
	case SEVERITY_WARNING:
		return "warning";
	case SEVERITY_NOTE:
		return "note";
	}
	BUG("severity %d", (int)severity);
}

static const char *severity_colour(enum severity severity)
{
	switch (severity) {
	case SEVERITY_ERROR:
		return "\033[1;31m";
	case SEVERITY_WARNING:
		return "\033[1;33m";
	case SEVERITY_NOTE:
		return "\033[1;36m";
	}
	BUG("severity %d", (int)severity);
}

#define BOLD  "\033[1m"
#define RESET "\033[m"

static void add_coloured(struct strbuf *out, const struct findings_style *style, const char *colour,
			 const char *text)
{
	if (style->colour)
		strbuf_addstr(out, colour);
	strbuf_addstr(out, text);
	if (style->colour)
		strbuf_addstr(out, RESET);
}

/*
 * Add `text`, which `column` columns stand before on the line. What does not
 * fit goes to lines of its own, indented; a word is never cut. A text that
 * fits on one such line stays whole, so that it can be searched for.
 */
static void add_wrapped(struct strbuf *out, const char *text, size_t column, unsigned width)
{
	static const char indent[] = "    ";
	size_t room = width ? width - strlen(indent) : 0;
	struct strbuf safe = STRBUF_INIT;
	const char *p;

	strbuf_add_printable(&safe, text, strlen(text));
	p = safe.buf;
	if (!width || column + 1 + utf8_width(p, safe.len) <= width) {
		strbuf_addf(out, " %s\n", p);
		strbuf_release(&safe);
		return;
	}
	strbuf_addch(out, '\n');
	while (*p) {
		const char *end = p, *next;

		for (next = p; *next;) {
			next += strcspn(next, " ");
			if (end > p && utf8_width(p, (size_t)(next - p)) > room)
				break;
			end = next;
			next += strspn(next, " ");
		}
		strbuf_addstr(out, indent);
		strbuf_add(out, p, (size_t)(end - p));
		strbuf_addch(out, '\n');
		p = end + strspn(end, " ");
	}
	strbuf_release(&safe);
}

/* A source line as it is shown: text[i] .. text[i + 1] is its i-th character. */
struct shown_line {
	struct strbuf text;
	size_t at[CELLS_MAX + 1];	/* bytes */
	unsigned column[CELLS_MAX + 1]; /* columns before it */
	size_t nr;
};

static void show_line(struct shown_line *line, const char *source)
{
	size_t len = strlen(source), i = 0;
	unsigned column = 0;

	line->nr = 0;
	strbuf_init(&line->text, 0);
	while (i < len && line->nr < CELLS_MAX) {
		uint32_t cp;
		size_t n = utf8_decode(source + i, len - i, &cp);

		line->at[line->nr] = line->text.len;
		line->column[line->nr++] = column;
		if (!n)
			n = 1;
		if (source[i] == '\t')
			strbuf_addchars(&line->text, ' ', TAB_WIDTH - column % TAB_WIDTH);
		else
			strbuf_add_printable(&line->text, source + i, n);
		column += (unsigned)utf8_width(line->text.buf + line->at[line->nr - 1],
					       line->text.len - line->at[line->nr - 1]);
		i += n;
	}
	line->at[line->nr] = line->text.len;
	line->column[line->nr] = column;
}

/* The characters [*from, *to) that fit into `room` columns, the marked ones among them. */
static void choose_window(const struct shown_line *line, size_t mark, size_t mark_end,
			  unsigned room, size_t *from, size_t *to)
{
	*from = 0;
	*to = line->nr;
	if (line->column[line->nr] <= room)
		return;
	room -= 6; /* "..." at both ends */
	if (mark > line->nr)
		mark = line->nr;
	if (mark_end > line->nr)
		mark_end = line->nr;
	/* grow around the mark, more to its left: that is what led there */
	*from = mark;
	*to = mark;
	while (*to < mark_end && line->column[*to + 1] - line->column[*from] <= room)
		(*to)++;
	while (*from > 0 && line->column[*to] - line->column[*from - 1] <= room - room / 4)
		(*from)--;
	while (*to < line->nr && line->column[*to + 1] - line->column[*from] <= room)
		(*to)++;
	while (*from > 0 && line->column[*to] - line->column[*from - 1] <= room)
		(*from)--;
}

static void add_source(struct strbuf *out, const struct finding *f,
		       const struct findings_style *style)
{
	struct shown_line *line = xmalloc(sizeof(*line));
	size_t mark = f->column - f->source_column, mark_end = mark + (f->width ? f->width : 1);
	char number[16];
	int digits = snprintf(number, sizeof(number), "%5u", f->line);
	unsigned room = style->width ? style->width - (unsigned)digits - 3 : UINT_MAX;
	unsigned column, caret, width;
	size_t from, to;

	show_line(line, f->source);
	choose_window(line, mark, mark_end, room, &from, &to);
	strbuf_addf(out, "%s | %s", number, from ? "..." : "");
	strbuf_add(out, line->text.buf + line->at[from], line->at[to] - line->at[from]);
	strbuf_addstr(out, to < line->nr ? "..." : "");
	strbuf_rtrim(out);
	strbuf_addch(out, '\n');

	/* a mark may stand behind the last character: something is missing there */
	if (mark > line->nr)
		mark = line->nr;
	if (mark_end > to)
		mark_end = MAX(to, mark);
	column = line->column[mark];
	width = line->column[mark_end] - column;
	caret = column - line->column[from] + (from ? 3 : 0);
	strbuf_addf(out, "%*s | ", digits, "");
	strbuf_addchars(out, ' ', caret);
	if (style->colour)
		strbuf_addstr(out, severity_colour(f->severity));
	strbuf_addch(out, '^');
	if (width > 1)
		strbuf_addchars(out, '~', width - 1);
	if (style->colour)
		strbuf_addstr(out, RESET);
	strbuf_addch(out, '\n');
	strbuf_release(&line->text);
	free(line);
}

/* The message and the rule, which `git gitops explain` knows more of. */
static void add_message(struct strbuf *out, const struct finding *f, size_t column, unsigned width)
{
	struct strbuf text = STRBUF_INIT;
	size_t end;

	strbuf_add_printable(&text, f->message, strlen(f->message));
	end = column + 1 + utf8_width(text.buf, text.len);
	/* the rule never drives the message from its line */
	if (!width || end > width || end + strlen(" []") + strlen(f->rule) <= width) {
		strbuf_reset(&text);
		strbuf_addf(&text, "%s [%s]", f->message, f->rule);
		add_wrapped(out, text.buf, column, width);
	} else {
		strbuf_addf(out, " %s\n    [%s]\n", text.buf, f->rule);
	}
	strbuf_release(&text);
}

static void add_finding(struct strbuf *out, const struct finding *f,
			const struct findings_style *style)
{
	struct strbuf place = STRBUF_INIT, label = STRBUF_INIT;
	size_t column;

	if (f->path) {
		strbuf_add_printable(&place, f->path, strlen(f->path));
		if (f->line)
			strbuf_addf(&place, ":%u:%u", f->line, f->column);
		strbuf_addstr(&place, ": ");
	}
	strbuf_addf(&label, "%s:", severity_name(f->severity));
	column = utf8_width(place.buf, place.len) + label.len;
	add_coloured(out, style, BOLD, place.buf);
	add_coloured(out, style, severity_colour(f->severity), label.buf);
	add_message(out, f, column, style->width);
	if (f->line && f->source && f->column >= f->source_column)
		add_source(out, f, style);
	if (f->hint) {
		add_coloured(out, style, BOLD, "hint:");
		add_wrapped(out, f->hint, strlen("hint:"), style->width);
	}
	strbuf_release(&place);
	strbuf_release(&label);
}

void findings_text(struct strbuf *out, const struct findings *fs,
		   const struct findings_style *style)
{
	struct findings_style own = *style;
	size_t i;

	if (own.width && own.width < WIDTH_MIN)
		own.width = WIDTH_MIN;
	for (i = 0; i < fs->nr; i++)
		add_finding(out, &fs->v[i], &own);
	if (fs->dropped)
		strbuf_addf(out, "... and %zu more\n", fs->dropped);
}

void findings_summary(struct strbuf *out, const struct findings *fs)
{
	if (fs->errors)
		strbuf_addf(out, "%zu error%s", fs->errors, fs->errors == 1 ? "" : "s");
	if (fs->errors && fs->warnings)
		strbuf_addstr(out, ", ");
	if (fs->warnings)
		strbuf_addf(out, "%zu warning%s", fs->warnings, fs->warnings == 1 ? "" : "s");
}

void findings_json_members(struct json_writer *jw, const struct findings *fs)
{
	size_t i;

	jw_array(jw, "findings");
	for (i = 0; i < fs->nr; i++) {
		const struct finding *f = &fs->v[i];

		jw_object(jw, NULL);
		jw_str(jw, "path", f->path);
		if (f->line) {
			jw_int(jw, "line", f->line);
			jw_int(jw, "column", f->column);
			jw_int(jw, "width", f->width);
		}
		jw_str(jw, "severity", severity_name(f->severity));
		jw_str(jw, "rule", f->rule);
		jw_str(jw, "message", f->message);
		if (f->hint)
			jw_str(jw, "hint", f->hint);
		if (f->line && f->source)
			jw_str(jw, "source", f->source);
		jw_end(jw);
	}
	jw_end(jw);
	jw_int(jw, "errors", (int64_t)fs->errors);
	jw_int(jw, "warnings", (int64_t)fs->warnings);
	jw_int(jw, "dropped", (int64_t)fs->dropped);
}

void findings_json(struct strbuf *out, const struct findings *fs)
{
	struct json_writer jw = JSON_WRITER_INIT(out, 2);

	jw_object(&jw, NULL);
	findings_json_members(&jw, fs);
	jw_end(&jw);
	strbuf_addch(out, '\n');
}
