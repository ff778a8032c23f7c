/* SPDX-License-Identifier: BSD-3-Clause */

/* Run a fuzz target over files and directories of files (usage: replay PATH...). */

#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Run one file. @return whether it could be read */
static int
run_file(const char *path)
{
	size_t size = 0, room = 4096;
	uint8_t *data = malloc(room);
	FILE *in = fopen(path, "rb");

	if (in == NULL || data == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	for (;;) {
		size += fread(data + size, 1, room - size, in);
		if (size < room)
			break;
		room *= 2;
		data = realloc(data, room);
		if (data == NULL)
			exit(EXIT_FAILURE);
	}
	fclose(in);
	/* A block of exactly the input's size, so that a sanitizer sees a read behind it. */
	data = realloc(data, size == 0 ? 1 : size);
	if (data == NULL)
		exit(EXIT_FAILURE);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

/* Run a file or all files of a directory. @return number of files */
static int
run(const char *path)
{
	char file[4096];
	struct dirent *entry;
	struct stat st;
	int n = 0;
	DIR *dir;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return run_file(path);
	dir = opendir(path);
	if (dir == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		n += run(file);
	}
	closedir(dir);
	return n;
}

int
main(int argc, char *argv[])
{
	int n = 0;

	for (int i = 1; i < argc; i++)
		n += run(argv[i]);
	printf("%d inputs\n", n);
	return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
