#ifndef TEMPLATE_METHODS_H
#define TEMPLATE_METHODS_H

#include "template/internal.h"

/* The signature of a method. */
#define METHOD(name)                                                             \
	static struct value name(struct ev *ev UNUSED, struct value self UNUSED, \
				 struct value *a UNUSED, const struct cargs *args UNUSED)

extern const struct method_def string_methods[], find_methods[], is_methods[], container_methods[];

#endif
