#include "base/base.h"
#include "ui/options.h"

#include "base/finding.h"
#include "base/strbuf.h"
#include "ui/report.h"

const char *const ui_formats[] = { "text", "json", NULL };

#define HELP_COLUMN 28

static void print_usage(FILE *out, const char *const *usage, const struct option *options)
{
	const char *const *u;
	const struct option *o;

	for (u = usage; *u; u++)
		fprintf(out, "%s %s\n", u == usage ? "usage:" : "   or:", *u);
	if (options->type == OPTION_END)
		return;
	fputc('\n', out);
	for (o = options; o->type != OPTION_END; o++) {
		int n = 4;

		if (o->type == OPTION_GROUP) {
			fprintf(out, "\n%s\n", o->help);
			continue;
		}
		fputs("    ", out);
		if (o->short_name)
			n += fprintf(out, "-%c", o->short_name);
		if (o->long_name)
			n += fprintf(out, "%s--%s", o->short_name ? ", " : "", o->long_name);
		if (o->arg)
			n += fprintf(out, "%s<%s>", o->long_name ? "=" : " ", o->arg);
		if (n >= HELP_COLUMN - 1) {
			fputc('\n', out);
			n = 0;
		}
		fprintf(out, "%*s%s\n", HELP_COLUMN - n, "", o->help);
	}
	fputc('\n', out);
}

NORETURN void usage_with_options(const char *const *usage, const struct option *options,
				 const char *fmt, ...)
{
	va_list ap;

	fputs("error: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	print_usage(stderr, usage, options);
	exit(129);
}

struct parser {
	const struct option *options;
	const char *const *usage;
	int argc, at; /* `at`: the argument to look at next */
	const char **argv;
};

NORETURN static void wrong_choice(const struct parser *p, const struct option *o,
				  const char *dashes, const char *name, const char *value)
{
	struct strbuf list = STRBUF_INIT;
	size_t i;

	for (i = 0; o->choices[i]; i++)
		strbuf_addf(&list, "%s%s",
			    !i		      ? "" :
			    o->choices[i + 1] ? ", " :
						" or ",
			    o->choices[i]);
	usage_with_options(p->usage, p->options, "option '%s%s' is %s, not '%s'", dashes, name,
			   list.buf, value);
}

static void set(struct parser *p, const struct option *o, const char *value, bool negated)
{
	const char *dashes = o->long_name ? "--" : "-";
	char short_name[2] = { o->short_name, '\0' };
	const char *name = o->long_name ? o->long_name : short_name;
	uint64_t number;
	size_t i;

	if (o->type == OPTION_BOOL) {
		if (value)
			usage_with_options(p->usage, p->options, "option '%s%s' takes no value",
					   dashes, name);
		*(int *)o->value = !negated;
		return;
	}
	if (!value) {
		if (p->at >= p->argc)
			usage_with_options(p->usage, p->options, "option '%s%s' requires a value",
					   dashes, name);
		value = p->argv[p->at++];
	}
	switch (o->type) {
	case OPTION_STRING:
		*(const char **)o->value = value;
		return;
	case OPTION_STRINGS: {
		struct option_strings *s = o->value;

		ALLOC_GROW(s->v, s->nr + 1, s->alloc);
		s->v[s->nr++] = value;
		return;
	}
	case OPTION_UINT:
		if (!parse_uint(value, 0, UINT64_MAX, &number))
			usage_with_options(p->usage, p->options,
					   "option '%s%s' expects a number, not '%s'", dashes, name,
					   value);
		*(uint64_t *)o->value = number;
		return;
	case OPTION_CHOICE:
		for (i = 0; o->choices[i]; i++) {
			if (str_eq(o->choices[i], value)) {
				*(int *)o->value = (int)i;
				if (str_eq(name, "format") && str_eq(value, "json"))
					report_as_json();
				return;
			}
		}
		wrong_choice(p, o, dashes, name, value);
	case OPTION_BOOL:
	case OPTION_GROUP:
	case OPTION_END:
		break;
	}
	BUG("option type %d", (int)o->type);
}

static void parse_long(struct parser *p, const char *arg)
{
	size_t len = strcspn(arg, "=");
	const char *value = arg[len] ? arg + len + 1 : NULL;
	const char *names[64], *near;
	const struct option *o;
	size_t nr = 0;
	char *word;

	for (o = p->options; o->type != OPTION_END; o++) {
		const char *rest;

		if (!o->long_name)
			continue;
		if (strlen(o->long_name) == len && !memcmp(arg, o->long_name, len)) {
			set(p, o, value, false);
			return;
		}
		if (o->type == OPTION_BOOL && skip_prefix(arg, "no-", &rest) && !value &&
		    str_eq(rest, o->long_name)) {
			set(p, o, NULL, true);
			return;
		}
		if (nr < ARRAY_SIZE(names))
			names[nr++] = o->long_name;
	}
	word = xmemdupz(arg, len);
	near = nearest_word(word, names, nr);
	if (near)
		usage_with_options(p->usage, p->options,
				   "unknown option '--%s'; did you mean '--%s'?", word, near);
	usage_with_options(p->usage, p->options, "unknown option '--%s'", word);
}

static void parse_short(struct parser *p, const char *arg)
{
	while (*arg) {
		const struct option *o = p->options;
		char c = *arg++;

		if (c == 'h') {
			bool taken = false;

			for (o = p->options; o->type != OPTION_END; o++)
				taken |= o->short_name == 'h';
			if (!taken) {
				print_usage(stdout, p->usage, p->options);
				exit(fflush(stdout) ? 128 : 0);
			}
			o = p->options;
		}
		while (o->type != OPTION_END && o->short_name != c)
			o++;
		if (o->type == OPTION_END)
			usage_with_options(p->usage, p->options, "unknown switch '%c'", c);
		if (o->type == OPTION_BOOL) {
			set(p, o, NULL, false);
			continue;
		}
		set(p, o, *arg ? arg : NULL, false);
		return;
	}
}

int parse_options(int argc, const char **argv, const struct option *options,
		  const char *const *usage)
{
	struct parser p = {
		.options = options, .usage = usage, .argc = argc, .at = 1, .argv = argv
	};
	int nr = 0;

	while (p.at < p.argc) {
		const char *arg = argv[p.at++];

		if (str_eq(arg, "--")) {
			while (p.at < p.argc)
				argv[nr++] = argv[p.at++];
			break;
		}
		if (arg[0] == '-' && arg[1] == '-')
			parse_long(&p, arg + 2);
		else if (arg[0] == '-' && arg[1])
			parse_short(&p, arg + 1);
		else
			argv[nr++] = arg;
	}
	argv[nr] = NULL;
	return nr;
}

void option_strings_release(struct option_strings *s)
{
	free(s->v);
	*s = (struct option_strings){ 0 };
}
