#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/base.h"

/*
 * Why a call failed. Passed as the last argument, set once where it happens,
 * prefixed on the way up if the caller knows more, printed once by a command.
 * A negative return always comes with a message. What is wrong in the user's
 * files is not an error but a finding (base/finding.h).
 *
 * Message: lowercase, no full stop, the subject in single quotes, e.g.
 * "cannot rename 'new/42.json' to 'run/42.json': No space left on device".
 */
enum error_kind {
	ERROR_NONE = 0,
	ERROR_FAILED,	 /* anything else */
	ERROR_NOT_FOUND, /* the thing asked for does not exist */
	ERROR_EXISTS,
	ERROR_CONFLICT, /* somebody else changed it first: look again */
	ERROR_INVALID,	/* what was given can't be right */
	ERROR_LIMIT,	/* a bound of ours was passed */
	ERROR_SYSTEM,	/* errno-like: disk, permission */
	ERROR_NETWORK,	/* not reached, timed out */
	ERROR_DENIED,	/* credentials, permissions */
	ERROR_INTERRUPTED
};

struct error {
	enum error_kind kind;
	char *message; /* NULL: no error */
	char *hint;    /* what to do next, or NULL */
	int sys;       /* errno where there was one, else 0 */
};

#define ERROR_INIT \
	{          \
		0  \
	}

/* These return -1, so that `return error_set(...)` reads well. */
int error_set(struct error *err, enum error_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Appends ": strerror(errno)", kind SYSTEM (NOT_FOUND for ENOENT, EXISTS for EEXIST). */
int error_errno(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Put "fmt: " before the message that is there. */
int error_prefix(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Set the hint unless one is there already. */
int error_hint(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Was it that there is no room (ENOSPC, EDQUOT)? That passes. */
bool error_is_full(const struct error *err);

/* Move `from` to `to`, whose own message is dropped. */
void error_move(struct error *to, struct error *from);
/* Free the texts; ready for use again. */
void error_release(struct error *err);

#endif
