/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Turns YAML text into a tree of nodes that know their line, with the events of libyaml. A file of a
 * stranger must not use much memory or stack, so depth, size and keys are bounded.
 */
#include "controlplane/conf/conf_yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#define DEPTH_MAX 8      /* nested maps and lists; the schema needs 4 */
#define KEYS_MAX  128    /* keys of one map: the search for duplicates is quadratic */
#define NODES_MAX 500000 /* nodes of one file */
#define KEY_MAX   64     /* octets of a key */

#define BOM       "\xef\xbb\xbf" /* some editors begin a file of UTF-8 with it */
#define BOM_LEN   3

struct reader {
	yaml_parser_t parser;
	struct cgn_conf_errors *errs;
	const char *text;
	size_t len;
	size_t n_nodes;
};

static int read_value(struct reader *r, const yaml_event_t *key, struct cgn_conf_node *parent,
		unsigned int depth, struct cgn_conf_node **out);

static uint32_t
line_of(const yaml_mark_t *mark)
{
	return (uint32_t)mark->line + 1;
}

static uint32_t
column_of(const yaml_mark_t *mark)
{
	return (uint32_t)mark->column + 1;
}

/* The line and column of an octet. The reader of libyaml is ahead of its parser, and counts only octets. */
static yaml_mark_t
mark_of(const struct reader *r, size_t offset)
{
	yaml_mark_t mark = { 0 };

	for (size_t i = 0; i < offset && i < r->len; i++) {
		mark.column++;
		if (r->text[i] == '\n') {
			mark.line++;
			mark.column = 0;
		}
	}
	return mark;
}

/* Find a tab where YAML wants spaces: in front of the first word of a line, and not behind the place of an error. libyaml
 * mostly says that it has found a wrong character, and a tab cannot be seen. */
static bool
find_tab(const struct reader *r, yaml_mark_t *mark)
{
	const char *at = r->text, *end = r->text + r->len;

	for (size_t line = 0; at < end && line < mark->line; at++)
		line += *at == '\n';
	for (size_t column = 0; at < end && column <= mark->column; at++, column++) {
		if (*at == '\t') {
			mark->column = column;
			return true;
		}
		if (*at != ' ' && *at != '-')
			break;
	}
	return false;
}

/* Take the next event; the caller deletes it. */
static int
next_event(struct reader *r, yaml_event_t *ev)
{
	const yaml_parser_t *p = &r->parser;
	yaml_mark_t mark;

	if (yaml_parser_parse(&r->parser, ev) != 0)
		return 0;
	if (p->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	mark = p->error == YAML_READER_ERROR ? mark_of(r, p->problem_offset) : p->problem_mark;
	if (p->error != YAML_READER_ERROR && find_tab(r, &mark)) {
		cgn_conf_errors_add(r->errs, line_of(&mark), column_of(&mark), "yaml", "tab",
				"must have spaces, not tabs, at the beginning of a line");
		return -EINVAL;
	}
	cgn_conf_errors_add(r->errs, line_of(&mark), column_of(&mark), "yaml",
			p->problem != NULL ? p->problem : "not understood",
			"must be correct YAML%s%s", p->context != NULL ? ", " : "",
			p->context != NULL ? p->context : "");
	return -EINVAL;
}

static void
yaml_refuse(struct reader *r, const struct cgn_conf_node *n, const char *value, const char *allowed)
{
	char path[CGN_CONF_YAML_PATH_MAX];

	cgn_conf_errors_add(r->errs, n->line, n->column, cgn_conf_yaml_path(n, path), value, "%s",
			allowed);
}

static int
add_child(struct cgn_conf_node *parent, struct cgn_conf_node *child)
{
	struct cgn_conf_node **more;
	size_t n = parent->n_alloc == 0 ? 8 : parent->n_alloc * 2;

	if (parent->n_children == parent->n_alloc) {
		more = realloc(parent->children, n * sizeof(parent->children[0]));
		if (more == NULL)
			return -ENOMEM;
		parent->children = more;
		parent->n_alloc = n;
	}
	child->index = parent->n_children;
	parent->children[parent->n_children++] = child;
	return 0;
}

static bool
is_printable(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	}
	return true;
}

static int
yaml_read_scalar(struct reader *r, const yaml_event_t *ev, struct cgn_conf_node *n)
{
	const char *text = (const char *)ev->data.scalar.value;

	n->kind = CGN_CONF_YAML_SCALAR;
	n->is_plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	n->text = strdup(text);
	if (n->text == NULL)
		return -ENOMEM;
	if (!is_printable(text, ev->data.scalar.length)) {
		yaml_refuse(r, n, text, "must be printable text in one line");
		n->is_bad = true;
	}
	return 0;
}

static int
yaml_read_list(struct reader *r, struct cgn_conf_node *n, unsigned int depth)
{
	struct cgn_conf_node *child;
	int ret;

	n->kind = CGN_CONF_YAML_LIST;
	for (;;) {
		ret = read_value(r, NULL, n, depth + 1, &child);
		if (ret < 0 || child == NULL)
			return ret;
		ret = add_child(n, child);
		if (ret < 0) {
			cgn_conf_yaml_free(child);
			return ret;
		}
	}
}

/* Whether a key is allowed in a map. If not, note the error. */
static bool
key_allowed(struct reader *r, const struct cgn_conf_node *map, const yaml_event_t *ev)
{
	struct cgn_conf_node at = {
		.parent = map,
		.line = line_of(&ev->start_mark),
		.column = column_of(&ev->start_mark),
	};
	const struct cgn_conf_node *first;
	char allowed[64];

	if (ev->type != YAML_SCALAR_EVENT) {
		at = *map;
		at.line = line_of(&ev->start_mark);
		at.column = column_of(&ev->start_mark);
		yaml_refuse(r, &at, "not a key", "must be a plain key");
		return false;
	}
	at.key = (char *)ev->data.scalar.value;
	if (ev->data.scalar.length > KEY_MAX || !is_printable(at.key, ev->data.scalar.length)) {
		yaml_refuse(r, &at, "not a key", "must be printable, 64 octets at most");
		return false;
	}
	first = cgn_conf_yaml_get(map, at.key);
	if (first != NULL) {
		snprintf(allowed, sizeof(allowed), "must be given once (first in line %u)",
				first->key_line);
		yaml_refuse(r, &at, "duplicate key", allowed);
		return false;
	}
	return true;
}

/* Read a key with its value. If the key is refused, the value is read all the same: it may have errors,
 * too. */
static int
read_pair(struct reader *r, const yaml_event_t *key, struct cgn_conf_node *map, unsigned int depth)
{
	bool allowed = key_allowed(r, map, key);
	struct cgn_conf_node *child;
	int ret;

	if (key->type != YAML_SCALAR_EVENT)
		return -EINVAL;
	if (map->n_children >= KEYS_MAX) {
		yaml_refuse(r, map, "too many keys", "must have 128 keys at most");
		return -EINVAL;
	}
	ret = read_value(r, key, map, depth + 1, &child);
	if (ret < 0)
		return ret;
	if (allowed)
		ret = add_child(map, child);
	if (!allowed || ret < 0)
		cgn_conf_yaml_free(child);
	return ret;
}

static int
read_map(struct reader *r, struct cgn_conf_node *n, unsigned int depth)
{
	yaml_event_t key;
	int ret;

	n->kind = CGN_CONF_YAML_MAP;
	for (;;) {
		ret = next_event(r, &key);
		if (ret < 0)
			return ret;
		if (key.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&key);
			return 0;
		}
		ret = read_pair(r, &key, n, depth);
		yaml_event_delete(&key);
		if (ret < 0)
			return ret;
	}
}

/* Whether a value has an anchor or a tag, or is an alias. */
static bool
is_fancy(const yaml_event_t *ev, const char **what)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (ev->type == YAML_SCALAR_EVENT) {
		anchor = ev->data.scalar.anchor;
		tag = ev->data.scalar.tag;
	} else if (ev->type == YAML_SEQUENCE_START_EVENT) {
		anchor = ev->data.sequence_start.anchor;
		tag = ev->data.sequence_start.tag;
	} else if (ev->type == YAML_MAPPING_START_EVENT) {
		anchor = ev->data.mapping_start.anchor;
		tag = ev->data.mapping_start.tag;
	} else {
		*what = "alias";
		return true;
	}
	*what = anchor != NULL ? "anchor" : "tag";
	return anchor != NULL || tag != NULL;
}

/* Read the rest of a value, which its first event has begun. */
static int
read_body(struct reader *r, const yaml_event_t *ev, struct cgn_conf_node *n, unsigned int depth)
{
	const char *what;

	if (depth > DEPTH_MAX) {
		yaml_refuse(r, n, "too deep", "must have 8 levels at most");
		return -EINVAL;
	}
	if (++r->n_nodes > NODES_MAX) {
		yaml_refuse(r, n, "too long", "must have 500000 values at most");
		return -EINVAL;
	}
	if (is_fancy(ev, &what)) {
		yaml_refuse(r, n, what, "must have no anchors, aliases or tags");
		n->is_bad = true;
	}
	if (ev->type == YAML_SCALAR_EVENT)
		return yaml_read_scalar(r, ev, n);
	if (ev->type == YAML_SEQUENCE_START_EVENT)
		return yaml_read_list(r, n, depth);
	if (ev->type == YAML_MAPPING_START_EVENT)
		return read_map(r, n, depth);
	/* An alias has no text. Errors about the key show this one. */
	n->text = strdup("alias");
	return n->text == NULL ? -ENOMEM : 0;
}

static struct cgn_conf_node *
make_node(const yaml_event_t *ev, const yaml_event_t *key, struct cgn_conf_node *parent)
{
	struct cgn_conf_node *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->parent = parent;
	n->index = parent != NULL ? parent->n_children : 0;
	n->line = n->key_line = line_of(&ev->start_mark);
	n->column = n->key_column = column_of(&ev->start_mark);
	if (key != NULL) {
		n->key_line = line_of(&key->start_mark);
		n->key_column = column_of(&key->start_mark);
		n->key = strdup((const char *)key->data.scalar.value);
		if (n->key == NULL) {
			free(n);
			return NULL;
		}
	}
	return n;
}

/* Read one value into a node. At the end of a list or of the text, the node is NULL and the result 0. */
static int
read_value(struct reader *r, const yaml_event_t *key, struct cgn_conf_node *parent,
		unsigned int depth, struct cgn_conf_node **out)
{
	struct cgn_conf_node *n = NULL;
	yaml_event_t ev;
	int ret;

	*out = NULL;
	ret = next_event(r, &ev);
	if (ret < 0)
		return ret;
	if (ev.type != YAML_SEQUENCE_END_EVENT && ev.type != YAML_STREAM_END_EVENT) {
		n = make_node(&ev, key, parent);
		ret = n == NULL ? -ENOMEM : read_body(r, &ev, n, depth);
	}
	yaml_event_delete(&ev);
	if (ret < 0) {
		cgn_conf_yaml_free(n);
		return ret;
	}
	*out = n;
	return 0;
}

/* Take an event that is not part of a document. */
static int
skip_event(struct reader *r, yaml_event_type_t *type, yaml_mark_t *mark)
{
	yaml_event_t ev;
	int ret = next_event(r, &ev);

	if (ret < 0)
		return ret;
	*type = ev.type;
	*mark = ev.start_mark;
	yaml_event_delete(&ev);
	return 0;
}

static int
read_document(struct reader *r, struct cgn_conf_node **root)
{
	yaml_event_type_t type;
	yaml_mark_t mark;
	int ret;

	ret = skip_event(r, &type, &mark); /* start of the stream */
	if (ret == 0)
		ret = skip_event(r, &type, &mark);
	if (ret < 0)
		return ret;
	if (type == YAML_STREAM_END_EVENT) {
		cgn_conf_errors_add(r->errs, 1, 1, "yaml", "empty", "must be a map of keys");
		return -EINVAL;
	}
	ret = read_value(r, NULL, NULL, 0, root);
	if (ret == 0)
		ret = skip_event(r, &type, &mark); /* end of the document */
	if (ret == 0)
		ret = skip_event(r, &type, &mark);
	if (ret < 0)
		return ret;
	if (type != YAML_STREAM_END_EVENT) {
		cgn_conf_errors_add(r->errs, line_of(&mark), column_of(&mark), "yaml",
				"second document", "must be one document");
		return -EINVAL;
	}
	return 0;
}

int
cgn_conf_yaml_parse(const char *text, size_t len, struct cgn_conf_errors *errs,
		struct cgn_conf_node **root)
{
	bool has_bom = len >= BOM_LEN && memcmp(text, BOM, BOM_LEN) == 0;
	struct reader r = { .errs = errs,
		.text = has_bom ? text + BOM_LEN : text,
		.len = has_bom ? len - BOM_LEN : len };
	struct cgn_conf_node *n = NULL;
	int ret;

	*root = NULL;
	if (yaml_parser_initialize(&r.parser) == 0)
		return -ENOMEM;
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)r.text, r.len);
	/* Otherwise libyaml may take the file for UTF-16. It then looks for no BOM. */
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	ret = read_document(&r, &n);
	yaml_parser_delete(&r.parser);
	if (ret < 0) {
		cgn_conf_yaml_free(n);
		return ret;
	}
	*root = n;
	return 0;
}

void
cgn_conf_yaml_free(struct cgn_conf_node *root)
{
	if (root == NULL)
		return;
	for (size_t i = 0; i < root->n_children; i++)
		cgn_conf_yaml_free(root->children[i]);
	free(root->children);
	free(root->key);
	free(root->text);
	free(root);
}

struct cgn_conf_node *
cgn_conf_yaml_get(const struct cgn_conf_node *map, const char *key)
{
	if (map->kind != CGN_CONF_YAML_MAP)
		return NULL;
	for (size_t i = 0; i < map->n_children; i++) {
		if (strcmp(map->children[i]->key, key) == 0)
			return map->children[i];
	}
	return NULL;
}

bool
cgn_conf_yaml_at(struct cgn_conf_node *root, const char *path, struct cgn_conf_node **node)
{
	struct cgn_conf_node *n = root, *next;
	char key[KEY_MAX + 1];
	const char *p = path;
	size_t len;

	*node = n;
	while (*p != '\0') {
		if (*p == '[') {
			char *end;
			unsigned long i = strtoul(p + 1, &end, 10);

			p = end + 1;
			next = n->kind == CGN_CONF_YAML_LIST && i < n->n_children ? n->children[i]
										  : NULL;
		} else {
			p += *p == '.';
			len = strcspn(p, ".[");
			if (len > KEY_MAX)
				return false;
			memcpy(key, p, len);
			key[len] = '\0';
			p += len;
			next = cgn_conf_yaml_get(n, key);
		}
		if (next == NULL)
			return false;
		n = next;
		*node = n;
	}
	return true;
}

const char *
cgn_conf_yaml_path(const struct cgn_conf_node *node, char buf[static CGN_CONF_YAML_PATH_MAX])
{
	const struct cgn_conf_node *chain[DEPTH_MAX + 2];
	unsigned int n = 0;
	size_t len = 0;
	int put;

	for (; node->parent != NULL && n < DEPTH_MAX + 2; node = node->parent)
		chain[n++] = node;
	snprintf(buf, CGN_CONF_YAML_PATH_MAX, "yaml");
	while (n-- > 0) {
		if (chain[n]->parent->kind == CGN_CONF_YAML_MAP)
			put = snprintf(buf + len, CGN_CONF_YAML_PATH_MAX - len, "%s%s",
					len != 0 ? "." : "",
					chain[n]->key != NULL ? chain[n]->key : "?");
		else
			put = snprintf(buf + len, CGN_CONF_YAML_PATH_MAX - len, "[%zu]",
					chain[n]->index);
		if (put < 0 || (size_t)put >= CGN_CONF_YAML_PATH_MAX - len)
			break;
		len += (size_t)put;
	}
	return buf;
}

int
cgn_conf_yaml_add_missing(struct cgn_conf_node *map, const char *key)
{
	struct cgn_conf_node *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return -ENOMEM;
	n->key = strdup(key);
	n->text = strdup("missing");
	n->parent = map;
	n->is_bad = true;
	n->line = n->key_line = map->line;
	n->column = n->key_column = map->column;
	if (n->key == NULL || n->text == NULL || add_child(map, n) < 0) {
		cgn_conf_yaml_free(n);
		return -ENOMEM;
	}
	return 0;
}

const char *
cgn_conf_yaml_value(const struct cgn_conf_node *node)
{
	if (node->kind == CGN_CONF_YAML_LIST)
		return node->n_children == 0 ? "empty list" : "list";
	if (node->kind == CGN_CONF_YAML_MAP)
		return node->n_children == 0 ? "empty map" : "map";
	return node->text;
}
