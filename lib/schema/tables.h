/* Made by generate.py; do not edit. */
#ifndef SCHEMA_PATTERNS
#define SCHEMA_PATTERNS 34
#endif
