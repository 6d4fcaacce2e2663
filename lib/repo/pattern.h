#ifndef REPO_PATTERN_H
#define REPO_PATTERN_H

#include "base/base.h"

/*
 * Does the pattern of a .gitattributes or .gitignore line match the whole
 * path? As git's wildmatch with WM_PATHNAME: '*', '?' and "[a-z]" match
 * within a directory, a part that is two stars matches any number of them,
 * a backslash takes the special meaning away. In time proportional to both
 * lengths' product at worst: a pushed pattern can't be made to explode.
 */
bool pattern_match(const char *pattern, const char *path);

#endif
