#ifndef UI_OPTIONS_H
#define UI_OPTIONS_H

#include "base/base.h"

/*
 * Command line options, in git's manner: -x, -xVALUE, -x VALUE, --long,
 * --long=VALUE, --long VALUE, --no-long for flags, "--" ends them; options
 * and arguments mix freely.
 */
enum option_type {
	OPTION_END = 0,
	OPTION_GROUP,	/* a heading in the help */
	OPTION_BOOL,	/* int *: 1, with --no- 0 */
	OPTION_STRING,	/* const char **: points into argv */
	OPTION_STRINGS, /* struct option_strings *: may be given again */
	OPTION_UINT,	/* uint64_t * */
	OPTION_CHOICE	/* int *: index into `choices` */
};

struct option_strings {
	const char **v;
	size_t nr, alloc;
};

struct option {
	enum option_type type;
	char short_name; /* 0: none */
	const char *long_name;
	void *value;
	const char *arg; /* how the help calls the value: "n", "file" */
	const char *help;
	const char *const *choices; /* NULL-terminated */
};

#define OPT_BOOL(s, l, v, h)                                \
	{                                                   \
		OPTION_BOOL, (s), (l), (v), NULL, (h), NULL \
	}
#define OPT_STRING(s, l, v, a, h)                            \
	{                                                    \
		OPTION_STRING, (s), (l), (v), (a), (h), NULL \
	}
#define OPT_STRINGS(s, l, v, a, h)                            \
	{                                                     \
		OPTION_STRINGS, (s), (l), (v), (a), (h), NULL \
	}
#define OPT_UINT(s, l, v, a, h)                            \
	{                                                  \
		OPTION_UINT, (s), (l), (v), (a), (h), NULL \
	}
#define OPT_CHOICE(s, l, v, a, c, h)                        \
	{                                                   \
		OPTION_CHOICE, (s), (l), (v), (a), (h), (c) \
	}
#define OPT_GROUP(h)                                         \
	{                                                    \
		OPTION_GROUP, 0, NULL, NULL, NULL, (h), NULL \
	}
#define OPT_END()                                           \
	{                                                   \
		OPTION_END, 0, NULL, NULL, NULL, NULL, NULL \
	}

/* --format of every command that prints data */
enum ui_format {
	UI_FORMAT_TEXT = 0,
	UI_FORMAT_JSON
};
extern const char *const ui_formats[]; /* "text", "json" */
#define OPT_FORMAT(v) \
	OPT_CHOICE(0, "format", (v), "format", ui_formats, "output format: text or json")

/*
 * Parse argv[1..argc-1] into the options' values. Moves what is no option to
 * argv[0..] and returns its count (argv[that] is NULL). -h prints the usage
 * on stdout and exits with 0 (--help is main()'s); misuse prints it on stderr and exits with 129.
 * This function and usage_with_options() are the only ones that exit.
 */
int parse_options(int argc, const char **argv, const struct option *options,
		  const char *const *usage);

/* "error: <message>" and the usage on stderr, exit 129. */
NORETURN void usage_with_options(const char *const *usage, const struct option *options,
				 const char *fmt, ...) PRINTF_LIKE(3, 4);

void option_strings_release(struct option_strings *s);

#endif
