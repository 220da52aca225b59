/*
 * fuzz_replay.c - main of a fuzz target in builds without libFuzzer
 *
 * Usage: TARGET PATH...   gives every file, or every file of a folder, to
 * the target once. A folder without a file is a failure.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = malloc(1 << 20);

	if (!file || !bytes) {
		perror(path);
		exit(1);
	}
	size_t size = fread(bytes, 1, 1 << 20, file);
	fclose(file);
	/* Exactly sized, so that a sanitizer sees a read past the end. */
	uint8_t *exact = malloc(size ? size : 1);
	if (!exact)
		exit(1);
	for (size_t i = 0; i < size; i++)
		exact[i] = bytes[i];
	free(bytes);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static int
replay_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int count = 0;
	char name[4096];

	if (!folder) {
		perror(path);
		return 0;
	}
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		replay(name);
		count++;
	}
	closedir(folder);
	return count;
}

int
main(int argc, char **argv)
{
	int count = 0;

	for (int i = 1; i < argc; i++) {
		struct stat what;
		if (stat(argv[i], &what) == 0 && S_ISDIR(what.st_mode)) {
			count += replay_folder(argv[i]);
			continue;
		}
		replay(argv[i]);
		count++;
	}
	printf("%d inputs replayed\n", count);
	return count == 0;
}
