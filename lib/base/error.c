#include "base/base.h"
#include "base/error.h"
#include "base/strbuf.h"

static char *format(const char *fmt, va_list ap)
{
	struct strbuf sb = STRBUF_INIT;

	strbuf_vaddf(&sb, fmt, ap);
	return strbuf_detach(&sb, NULL);
}

int error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
{
	va_list ap;
	char *message;

	/* before the release: an argument may be the old message */
	va_start(ap, fmt);
	message = format(fmt, ap);
	va_end(ap);
	error_release(err);
	err->kind = kind;
	err->message = message;
	return -1;
}

int error_errno(struct error *err, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	char *what;

	va_start(ap, fmt);
	what = format(fmt, ap);
	va_end(ap);
	error_set(err,
		  saved == ENOENT ? ERROR_NOT_FOUND :
		  saved == EEXIST ? ERROR_EXISTS :
				    ERROR_SYSTEM,
		  "%s: %s", what, strerror(saved));
	err->sys = saved;
	free(what);
	errno = saved;
	return -1;
}

bool error_is_full(const struct error *err)
{
	return err->sys == ENOSPC || err->sys == EDQUOT;
}

int error_prefix(struct error *err, const char *fmt, ...)
{
	va_list ap;
	char *what, *message;

	va_start(ap, fmt);
	what = format(fmt, ap);
	va_end(ap);
	message = xstrfmt("%s: %s", what, err->message ? err->message : "unknown error");
	free(what);
	free(err->message);
	err->message = message;
	if (!err->kind)
		err->kind = ERROR_FAILED;
	return -1;
}

int error_hint(struct error *err, const char *fmt, ...)
{
	va_list ap;

	if (err->hint)
		return -1;
	va_start(ap, fmt);
	err->hint = format(fmt, ap);
	va_end(ap);
	return -1;
}

void error_move(struct error *to, struct error *from)
{
	if (to == from)
		return;
	error_release(to);
	*to = *from;
	*from = (struct error)ERROR_INIT;
}

void error_release(struct error *err)
{
	free(err->message);
	free(err->hint);
	*err = (struct error)ERROR_INIT;
}
