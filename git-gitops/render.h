#ifndef RENDER_H
#define RENDER_H

/*
 * Print the rendered documents of a service object (`path` is its path-prefix)
 * or one of them (the path of its file), as they stand in `commit`; NULL: in
 * the work tree, or HEAD where there is none. Sensitive values are masked.
 * Returns the exit status.
 */
int render_object(const char *path, const char *commit, int format);

#endif
