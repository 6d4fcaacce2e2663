#ifndef RENDER_H
#define RENDER_H

/*
 * Print the rendered documents of a service object (`path` is its path-prefix)
 * or one of them (the path of its file), as they stand in `commit`; NULL: in
 * the work tree, or HEAD where there is none. Sensitive values are masked.
 * Returns the exit status.
 */
int render_object(const char *path, const char *commit, int format);
/* The same for where the values in them come from. */
int render_explain(const char *path, const char *commit, int format);

struct explanation;
struct json_writer;
struct strbuf;
struct table_style;
void explanation_text(struct strbuf *out, const struct explanation *ex,
		      const struct table_style *style);
void explanation_json(struct json_writer *jw, const struct explanation *ex);

#endif
