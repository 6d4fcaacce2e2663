#!/usr/bin/env python3
"""Make lib/schema/tables.c: the shapes of what artifacts may hold.

usage: build/venv/bin/python lib/schema/generate.py [--check]

Reads the service models of the botocore that is installed (facts only: names,
types, constraints; no prose) and settings.json beside this file, which
describes our own formats in the same terms. With --check nothing is written:
exit status 1 when tables.c is not what would be written.

The models name more than artifacts can hold; what can be reached from the
inputs below is kept.
"""
import gzip
import json
import pathlib
import sys

import botocore

HERE = pathlib.Path(__file__).resolve().parent
DATA = pathlib.Path(botocore.__file__).parent / 'data'
# (constant, service, API version, operation)
INPUTS = [
    ('SCHEMA_CREATE_SERVICE', 'ecs', '2014-11-13', 'CreateService'),
    ('SCHEMA_REGISTER_TASK_DEFINITION', 'ecs', '2014-11-13', 'RegisterTaskDefinition'),
    ('SCHEMA_CREATE_TASK_SET', 'ecs', '2014-11-13', 'CreateTaskSet'),
    ('SCHEMA_UPDATE_SERVICE', 'ecs', '2014-11-13', 'UpdateService'),
    ('SCHEMA_CREATE_FUNCTION', 'lambda', '2015-03-31', 'CreateFunction'),
    ('SCHEMA_CREATE_EVENT_SOURCE_MAPPING', 'lambda', '2015-03-31', 'CreateEventSourceMapping'),
    ('SCHEMA_CREATE_FUNCTION_URL_CONFIG', 'lambda', '2015-03-31', 'CreateFunctionUrlConfig'),
]
SETTINGS = [
    ('SCHEMA_ECS_SETTINGS', 'EcsSettings'),
    ('SCHEMA_LAMBDA_SETTINGS', 'LambdaSettings'),
    ('SCHEMA_LAMBDA_EVENT_SOURCES', 'EventSources'),
]
# When a version came out: the newest time in its wheel on PyPI, which an installation does not keep.
RELEASED = {'1.44.5': '2026-11-17'}
TYPES = {
    'structure': 'SHAPE_STRUCTURE', 'list': 'SHAPE_LIST', 'map': 'SHAPE_MAP', 'string': 'SHAPE_STRING',
    'integer': 'SHAPE_INTEGER', 'long': 'SHAPE_INTEGER', 'float': 'SHAPE_NUMBER', 'double': 'SHAPE_NUMBER',
    'boolean': 'SHAPE_BOOLEAN', 'blob': 'SHAPE_BLOB', 'timestamp': 'SHAPE_TIMESTAMP',
}


class Strings:
    """One pool of NUL-terminated strings; equal ones are stored once."""

    def __init__(self):
        self.offsets = {'': 0}
        self.texts = ['']
        self.size = 1

    def add(self, text):
        if text not in self.offsets:
            self.offsets[text] = self.size
            self.texts.append(text)
            self.size += len(text.encode()) + 1
        return self.offsets[text]


class Tables:
    def __init__(self, models):
        self.models = models
        self.strings = Strings()
        self.shapes = []
        self.members = []
        self.enums = []
        self.index = {}
        self.patterns = []

    def pattern(self, text):
        """0 is no pattern; the others index a table, so that each is compiled once."""
        if text is None or text in ('.*', r'[\s\S]*'):
            return 0
        if text not in self.patterns:
            self.patterns.append(text)
        return self.patterns.index(text) + 1

    def shape(self, model, service, name):
        """The index of a shape, added with all that it refers to."""
        key = (service, name)
        if key in self.index:
            return self.index[key]
        number = self.index[key] = len(self.shapes)
        self.shapes.append(None)
        shape = model['shapes'][name]
        member_model, member_service = model, service
        if 'copy' in shape:
            # AWS's own shape, but with what we fill in left out: of the required members, or altogether
            member_service, source = shape['copy'].split(':')
            member_model = self.models[member_service]
            omit = shape.get('omit', [])
            shape = {**member_model['shapes'][source], 'required': shape['required']}
            shape['members'] = {name: target for name, target in shape['members'].items() if name not in omit}
        flags = []
        if shape.get('union'):
            flags.append('SHAPE_UNION')
        if shape.get('document'):
            flags.append('SHAPE_DOCUMENT')
        if shape.get('singleAllowed'):
            flags.append('SHAPE_SINGLE_ALLOWED')
        if 'min' in shape:
            flags.append('SHAPE_HAS_MIN')
        if 'max' in shape:
            flags.append('SHAPE_HAS_MAX')
        first = count = element = key_shape = 0
        if shape['type'] == 'structure':
            rows = []
            required = set(shape.get('required', []))
            for member, target in shape['members'].items():
                # a member that travels in the URL is written in the file all the same
                rows.append((member, self.shape(member_model, member_service, target['shape']),
                             'MEMBER_REQUIRED' if member in required else '0', 0))
            for wrong, right in shape.get('misnomers', {}).items():
                accepted = isinstance(right, dict)
                right = right['accept'] if accepted else right
                rows.append((wrong, self.shape(model, service, shape['members'][right]['shape']),
                             'MEMBER_MISNOMER' + (' | MEMBER_ACCEPTED' if accepted else ''),
                             self.strings.add(right)))
            rows.sort(key=lambda row: row[0].encode())
            first, count = len(self.members), len(rows)
            for member, target, member_flags, right in rows:
                self.members.append((self.strings.add(member), target, member_flags, right))
        elif shape['type'] == 'list':
            element = self.shape(model, service, shape['member']['shape'])
        elif shape['type'] == 'map':
            element = self.shape(model, service, shape['value']['shape'])
            key_shape = self.shape(model, service, shape['key']['shape'])
        elif 'enum' in shape:
            first, count = len(self.enums), len(shape['enum'])
            self.enums.extend(self.strings.add(value) for value in shape['enum'])
        self.shapes[number] = (
            TYPES[shape['type']], ' | '.join(flags) or '0', count, first, element, key_shape,
            self.pattern(shape.get('pattern')), whole(shape.get('min', 0)), whole(shape.get('max', 0)))
        return number


def whole(bound):
    """Bounds are whole numbers, or a fraction that only a number's bound may be: in thousandths."""
    scaled = round(bound * 1000)
    return max(min(scaled, 2**63 - 1), -2**63 + 1)


def c_string(text):
    out = ''
    for byte in text.encode():
        char = chr(byte)
        if char in '"\\':
            out += '\\' + char
        elif 32 <= byte < 127 and char != '?':
            out += char
        else:
            out += f'\\{byte:03o}'
    return out


def generate():
    models = {}
    tables = Tables(models)
    roots = []
    for constant, service, version, operation in INPUTS:
        if service not in models:
            path = DATA / service / version / 'service-2.json.gz'
            models[service] = json.loads(gzip.decompress(path.read_bytes()))
        model = models[service]
        name = model['operations'][operation]['input']['shape']
        roots.append((constant, tables.shape(model, service, name),
                      f'{service}:{operation}'))
    settings = json.loads((HERE / 'settings.json').read_text())
    # our settings name AWS's shapes where they take them
    for name, source in settings.pop('imports').items():
        service, shape = source.split(':')
        tables.index[('settings', name)] = tables.shape(models[service], service, shape)
        settings['shapes'].setdefault(name, {})
    for constant, name in SETTINGS:
        roots.append((constant, tables.shape(settings, 'settings', name), name))

    patterns = [tables.strings.add(pattern) for pattern in tables.patterns]
    lines = [
        '/* Made by generate.py from the service models of botocore; do not edit. */',
        '/* clang-format off */',
        '#include "base/base.h"',
        '#include "schema/internal.h"',
        '',
        f'const char schema_source[] = "botocore {botocore.__version__}";',
        f'const char schema_released[] = "{RELEASED[botocore.__version__]}";',
        '',
        '#pragma GCC diagnostic ignored "-Woverlength-strings"',
        'const char schema_strings[] =',
    ]
    lines += [f'\t"{c_string(text)}\\0"' for text in tables.strings.texts]
    lines[-1] += ';'
    lines += ['', 'const struct shape_member schema_members[] = {']
    lines += [f'\t{{ {n}, {s}, {f}, {r} }},' for n, s, f, r in tables.members]
    lines += ['};', '', 'const uint32_t schema_enums[] = {']
    lines += ['\t' + ', '.join(map(str, tables.enums[i:i + 16])) + ','
              for i in range(0, len(tables.enums), 16)]
    lines += ['};', '', 'const struct shape schema_shapes[] = {']
    lines += [f'\t{{ {t}, {f}, {c}, {i}, {e}, {k}, {p}, INT64_C({lo}), INT64_C({hi}) }},'
              for t, f, c, i, e, k, p, lo, hi in tables.shapes]
    lines += ['};', '', 'const uint32_t schema_patterns[SCHEMA_PATTERNS] = {']
    lines += [f'\t{offset},' for offset in patterns]
    lines += ['};', '', 'const struct schema_root schema_roots[SCHEMA_INPUT_NR] = {']
    lines += [f'\t[{constant}] = {{ {number}, "{label}" }},' for constant, number, label in roots]
    lines += ['};', '']
    assert len(tables.shapes) < 65536 and len(tables.patterns) < 255
    header = ('/* Made by generate.py; do not edit. */\n#ifndef SCHEMA_PATTERNS\n'
              f'#define SCHEMA_PATTERNS {len(tables.patterns)}\n#endif\n')
    return {'tables.c': '\n'.join(lines), 'tables.h': header}


def main():
    check = sys.argv[1:] == ['--check']
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    status = 0
    for name, text in generate().items():
        path = HERE / name
        if not check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            print(f'lib/schema/{name} is not what botocore {botocore.__version__} says')
            status = 1
    return status


if __name__ == '__main__':
    sys.exit(main())
