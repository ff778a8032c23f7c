/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Scripts that complete the words of cgnctl.
 *
 * Both shells share functions that know the tables, in the language that both have. Each has a function of its own that
 * reads the line and takes the words.
 */
#include "controlplane/cgnctl/ctlcompletion.h"

#include "controlplane/cgnctl/ctllist.h"
#include "controlplane/cgnctl/ctloption.h"
#include "shared/verdict.h"

#include <string.h>

/* --- what is in the tables ------------------------------------------------------------------- */

static const char *
verb_of(const struct cgn_ctlcommand *c)
{
	return c->verb == NULL ? "show" : c->verb;
}

static bool
is_first_of_noun(const struct cgn_ctlcommand *table, const struct cgn_ctlcommand *c)
{
	return c == table || strcmp(c[-1].noun, c->noun) != 0;
}

static void
print_nouns(const struct cgn_ctlcommand *table, FILE *out)
{
	fputs("_cgnctl_nouns='help", out);
	for (const struct cgn_ctlcommand *c = table; c->noun != NULL; c++) {
		if (is_first_of_noun(table, c))
			fprintf(out, " %s", c->noun);
	}
	fputs("'\n", out);
}

/* A function that prints the second words: verbs of a noun, or nouns of the verb "show". */
static void
print_seconds(const struct cgn_ctlcommand *table, FILE *out)
{
	fputs("_cgnctl_seconds() {\n\tcase $1 in\n\tshow) echo", out);
	for (const struct cgn_ctlcommand *c = table; c->noun != NULL; c++) {
		if (strcmp(verb_of(c), "show") == 0)
			fprintf(out, " %s", c->noun);
	}
	fputs(" ;;", out);
	for (const struct cgn_ctlcommand *c = table; c->noun != NULL; c++) {
		if (c->verb == NULL)
			continue;
		if (is_first_of_noun(table, c))
			fprintf(out, "\n\t%s) echo", c->noun);
		fprintf(out, " %s%s", c->verb,
				c[1].noun == NULL || is_first_of_noun(table, c + 1) ? " ;;" : "");
	}
	fputs("\n\tesac\n}\n", out);
}

/* The pattern of a command in a case: its two words in both orders, or its noun. */
static void
print_pattern(const struct cgn_ctlcommand *c, FILE *out)
{
	if (c->verb == NULL)
		fprintf(out, "\t'%s '* | 'show %s') echo", c->noun, c->noun);
	else if (strcmp(c->verb, "show") == 0)
		fprintf(out, "\t'%s show' | 'show %s' | '%s ') echo", c->noun, c->noun, c->noun);
	else
		fprintf(out, "\t'%s %s' | '%s %s') echo", c->noun, c->verb, c->verb, c->noun);
}

static void
print_options(const struct cgn_ctlcommand *table, FILE *out)
{
	fputs("_cgnctl_options() {\n\tcase \"$1 $2\" in\n", out);
	for (const struct cgn_ctlcommand *c = table; c->noun != NULL; c++) {
		print_pattern(c, out);
		for (unsigned int i = 0; i < CGN_CTLOPT_COUNT; i++) {
			if (cgn_ctloption_is_in(
					    c->options | (CGN_CTLOPT_ALL & ~CGN_CTLOPT_ALONE), i))
				fprintf(out, " --%s", cgn_ctloptions[i].name);
		}
		fputs(" ;;\n", out);
	}
	fputs("\t*) echo", out);
	for (unsigned int i = 0; i < CGN_CTLOPT_COUNT; i++)
		fprintf(out, " --%s", cgn_ctloptions[i].name);
	fputs(" ;;\n\tesac\n}\n", out);
}

static void
print_columns(const struct cgn_ctlcommand *table, FILE *out)
{
	fputs("_cgnctl_columns() {\n\tcase \"$1 $2\" in\n", out);
	for (const struct cgn_ctlcommand *c = table; c->noun != NULL; c++) {
		if (c->list == NULL)
			continue;
		print_pattern(c, out);
		for (size_t i = 0; i < c->list->n_columns; i++)
			fprintf(out, " %s -%s", c->list->columns[i].key, c->list->columns[i].key);
		fputs(" ;;\n", out);
	}
	fputs("\tesac\n}\n", out);
}

/* The names of an option as the pattern of a case. */
static void
print_names(const struct cgn_ctloption *o, FILE *out)
{
	fprintf(out, "\t--%s", o->name);
	if (o->letter != 0)
		fprintf(out, " | -%c", o->letter);
	fputs(") ", out);
}

static void
print_verdicts(FILE *out)
{
	fputs("echo dropped", out);
	for (unsigned int v = 0; v < CGN_V_COUNT; v++)
		fprintf(out, " %s", cgn_verdict_name((enum cgn_verdict)v));
	fputs(" ;;\n", out);
}

/* A function that prints what the value of an option may be. It fails if the option has no value. */
static void
print_values(FILE *out)
{
	fputs("_cgnctl_values() {\n\tcase $1 in\n", out);
	for (unsigned int i = 0; i < CGN_CTLOPT_COUNT; i++) {
		const struct cgn_ctloption *o = &cgn_ctloptions[i];

		if (o->value == NULL || o->may_miss)
			continue;
		print_names(o, out);
		if (o->kind == CGN_CTLOPTION_FILE)
			fputs("echo @file ;;\n", out);
		else if (i == CGN_CTLOPT_SORT)
			fputs("_cgnctl_columns \"$2\" \"$3\" ;;\n", out);
		else if (o->of != NULL)
			fprintf(out, "_cgnctl_ask %s ;;\n", o->of);
		else if (i == CGN_CTLOPT_VERDICT)
			print_verdicts(out);
		else if (o->words != NULL)
			fprintf(out, "echo %s ;;\n", o->words);
		else
			fputs(": ;;\n", out);
	}
	fputs("\t*) return 1 ;;\n\tesac\n}\n", out);
}

/* A function that prints what the words behind a command may be. */
static void
print_words(const struct cgn_ctlcommand *table, FILE *out)
{
	fputs("_cgnctl_words() {\n\tcase \"$1 $2\" in\n", out);
	for (const struct cgn_ctlcommand *c = table; c->noun != NULL; c++) {
		if (!c->takes_file)
			continue;
		print_pattern(c, out);
		fputs(" @file ;;\n", out);
	}
	fputs("\tesac\n}\n", out);
}

/* --- what is the same for all tables --------------------------------------------------------- */

/* The first column of a table of the cgnd that the line names; a noun or verb that was cut; and what may stand next. */
static const char functions[] =
		"_cgnctl_ask() {\n"
		"\tcommand cgnctl ${_cgnctl_prefix:+--prefix=$_cgnctl_prefix} \"$@\" 2>/dev/null | sed -n '2,$s/^ *\\([^ ]*\\).*/\\1/p'\n"
		"}\n"
		"# the word of a list that begins so, if it is the only one: _cgnctl_full BEGINNING LIST\n"
		"_cgnctl_full() {\n"
		"\tlocal word found=\n"
		"\tfor word in $(echo \"$2\"); do\n"
		"\t\tcase $word in\n"
		"\t\t\"$1\") found=\" $1\" && break ;;\n"
		"\t\t\"$1\"*) found=\"$found $word\" ;;\n"
		"\t\tesac\n"
		"\tdone\n"
		"\tcase $found in\n"
		"\t' '*' '*) echo \"$1\" ;;\n"
		"\t*) echo \"${found# }\" ;;\n"
		"\tesac\n"
		"}\n"
		"# what may stand behind the words of the line: _cgnctl_next PREVIOUS CURRENT [NOUN [VERB [WORD...]]]\n"
		"_cgnctl_next() {\n"
		"\tlocal previous=$1 current=$2 first second\n"
		"\tshift 2\n"
		"\tif [ \"${1-}\" = help ]; then shift; fi\n"
		"\tfirst=$(_cgnctl_full \"${1-}\" \"show $_cgnctl_nouns\")\n"
		"\tsecond=$(_cgnctl_full \"${2-}\" \"$(_cgnctl_seconds \"$first\")\")\n"
		"\tif _cgnctl_values \"$previous\" \"$first\" \"$second\"; then return; fi\n"
		"\tcase $current in -*)\n"
		"\t\t_cgnctl_options \"$first\" \"$second\"\n"
		"\t\treturn\n"
		"\t\t;;\n"
		"\tesac\n"
		"\tcase $# in\n"
		"\t0) echo \"show $_cgnctl_nouns\" ;;\n"
		"\t1) _cgnctl_seconds \"$first\" && _cgnctl_words \"$first\" '' ;;\n"
		"\t*) _cgnctl_words \"$first\" \"$second\" ;;\n"
		"\tesac\n"
		"}\n";

static void
print_common(const struct cgn_ctlargs *args, FILE *out)
{
	print_nouns(args->table, out);
	print_seconds(args->table, out);
	print_options(args->table, out);
	print_columns(args->table, out);
	print_values(out);
	print_words(args->table, out);
	fputs(functions, out);
}

/* --- shells ---------------------------------------------------------------------------------- */

/* bash takes "--name=value" and "a:b" apart. What is completed is the last part. */
static const char bash_function[] =
		"_cgnctl() {\n"
		"\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} i word next _cgnctl_prefix=\n"
		"\tlocal -a line=()\n"
		"\tif [ \"$current\" = = ]; then\n"
		"\t\tcurrent=\n"
		"\telif [ \"$previous\" = = ]; then\n"
		"\t\tprevious=${COMP_WORDS[COMP_CWORD - 2]}\n"
		"\tfi\n"
		"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		"\t\tword=${COMP_WORDS[i]}\n"
		"\t\tif _cgnctl_values \"$word\" none none >/dev/null; then\n"
		"\t\t\ti=$((i + 1))\n"
		"\t\t\t[ \"${COMP_WORDS[i]}\" != = ] || i=$((i + 1))\n"
		"\t\t\tcase $word in -p | --prefix) _cgnctl_prefix=${COMP_WORDS[i]} ;; esac\n"
		"\t\telif [ \"${word#-}\" = \"$word\" ]; then\n"
		"\t\t\tline+=(\"$word\")\n"
		"\t\tfi\n"
		"\tdone\n"
		"\tnext=$(_cgnctl_next \"$previous\" \"$current\" \"${line[@]}\")\n"
		"\tif [ \"${next%@file}\" != \"$next\" ]; then\n"
		"\t\tcompopt -o filenames 2>/dev/null\n"
		"\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
		"\telse\n"
		"\t\tmapfile -t COMPREPLY < <(compgen -W \"$next\" -- \"$current\")\n"
		"\tfi\n"
		"}\n"
		"complete -F _cgnctl cgnctl\n";

static const char zsh_function[] =
		"_cgnctl() {\n"
		"\tlocal current=${words[CURRENT]} previous=${words[CURRENT-1]} i word next _cgnctl_prefix=\n"
		"\tlocal -a line\n"
		"\tline=()\n"
		"\tfor ((i = 2; i < CURRENT; i++)); do\n"
		"\t\tword=${words[i]}\n"
		"\t\tif _cgnctl_values \"$word\" none none >/dev/null; then\n"
		"\t\t\ti=$((i + 1))\n"
		"\t\t\tcase $word in -p | --prefix) _cgnctl_prefix=${words[i]} ;; esac\n"
		"\t\telif [ \"${word#-}\" = \"$word\" ]; then\n"
		"\t\t\tline+=(\"$word\")\n"
		"\t\tfi\n"
		"\tdone\n"
		"\tcase $current in --*=*)\n"
		"\t\tprevious=${current%%=*}\n"
		"\t\tcompset -P '*='\n"
		"\t\t;;\n"
		"\tesac\n"
		"\tnext=$(_cgnctl_next \"$previous\" \"$current\" \"${line[@]}\")\n"
		"\tif [ \"${next%@file}\" != \"$next\" ]; then\n"
		"\t\t_files\n"
		"\telse\n"
		"\t\tcompadd -- ${=next}\n"
		"\tfi\n"
		"}\n";

int
cgn_ctlcompletion_bash(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	(void)s;
	fputs("# Completion of cgnctl for bash, printed by: cgnctl completion bash\n", out);
	print_common(args, out);
	fputs(bash_function, out);
	return 0;
}

int
cgn_ctlcompletion_zsh(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	(void)s;
	fputs("#compdef cgnctl\n# Completion of cgnctl for zsh, printed by: cgnctl completion zsh\n",
			out);
	print_common(args, out);
	fputs(zsh_function, out);
	/* As a file below fpath, it is called at once; read by source, it is registered. */
	fputs("if [ \"${funcstack[1]}\" = _cgnctl ]; then _cgnctl \"$@\"; else compdef _cgnctl cgnctl; fi\n",
			out);
	return 0;
}
