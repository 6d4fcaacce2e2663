#include "base/base.h"
#include "ui/report.h"

#include "base/json.h"
#include "base/strbuf.h"

static void print_line(const char *prefix, const char *text)
{
	struct strbuf line = STRBUF_INIT;

	strbuf_addstr(&line, prefix);
	/* a message may have lines, what a user pushed into it may not */
	while (*text) {
		size_t n = strcspn(text, "\n");

		strbuf_add_printable(&line, text, n);
		text += n;
		if (*text) {
			strbuf_addch(&line, '\n');
			text++;
		}
	}
	strbuf_addch(&line, '\n');
	fwrite(line.buf, 1, line.len, stderr);
	strbuf_release(&line);
}

static bool as_json;

void report_as_json(void)
{
	as_json = true;
}

static void print_json(const struct error *err)
{
	struct strbuf out = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&out, 0);

	jw_object(&jw, NULL);
	jw_object(&jw, "error");
	jw_str(&jw, "message", err->message ? err->message : "unknown error");
	if (err->hint)
		jw_str(&jw, "hint", err->hint);
	jw_end(&jw);
	jw_end(&jw);
	strbuf_addch(&out, '\n');
	fwrite(out.buf, 1, out.len, stdout);
	fflush(stdout);
	strbuf_release(&out);
}

int error_report(struct error *err)
{
	if (as_json)
		print_json(err);
	print_line("fatal: ", err->message ? err->message : "unknown error");
	if (err->hint)
		print_line("hint: ", err->hint);
	error_release(err);
	return 128;
}

void ui_warn(const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	print_line("warning: ", text.buf);
	strbuf_release(&text);
}

int ui_finish_stdout(void)
{
	if (!ferror(stdout) && !fflush(stdout))
		return 0;
	if (errno != EPIPE)
		fprintf(stderr, "fatal: cannot write to standard output: %s\n", strerror(errno));
	return 128;
}
