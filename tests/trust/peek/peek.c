/*
 * Looks into every block of memory that one library gives back, for texts that must not be left in it. To be preloaded:
 *   LD_PRELOAD=peek.so PEEK_LIBRARY=libskm.so PEEK_TEXTS=file PEEK_REPORT=file program
 * PEEK_TEXTS: one text a line, in hexadecimal. The report, written when the program ends, has a line `blocks <count>`
 * and, for each text, `hits <line> <count>`. Blocks of the program itself, of the JVM and of the interpreter are theirs
 * to wipe: a block is the library's if the call that frees it comes from there.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 64
#define LONGEST 512

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static struct {
    unsigned char bytes[LONGEST];
    size_t length;
    atomic_ulong hits;
} texts[MOST];
static size_t count;
static atomic_ulong blocks;
static const char *library;

/* The address space of the library, once it is there. */
static atomic_uintptr_t low, high;
static atomic_ulong calls;

static int hex(int c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; }

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("PEEK_TEXTS");
    static char line[2 * LONGEST + 2];
    FILE *file = path ? fopen(path, "r") : NULL;
    while (file && count < MOST && fgets(line, sizeof line, file)) {
        size_t length = strcspn(line, "\n") / 2;
        for (size_t at = 0; at < length; at++) {
            texts[count].bytes[at] = (unsigned char)(hex(line[2 * at]) << 4 | hex(line[2 * at + 1]));
        }
        texts[count++].length = length;
    }
    if (file) { fclose(file); }
    library = getenv("PEEK_LIBRARY");
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("PEEK_REPORT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) { return; }
    fprintf(file, "blocks %lu\n", atomic_load(&blocks));
    for (size_t at = 0; at < count; at++) { fprintf(file, "hits %zu %lu\n", at, atomic_load(&texts[at].hits)); }
    fclose(file);
}

/* Reads the map of the process, without allocating. */
static void find_library(void) {
    static char text[1 << 16];
    uintptr_t first = 0, last = 0;
    FILE *maps;
    static atomic_flag busy = ATOMIC_FLAG_INIT;
    if (atomic_flag_test_and_set(&busy)) { return; }
    maps = fopen("/proc/self/maps", "r");
    if (maps) {
        setvbuf(maps, text, _IOFBF, sizeof text);
        static char line[1024];
        while (fgets(line, sizeof line, maps)) {
            unsigned long from, to;
            line[strcspn(line, "\n")] = 0;
            size_t length = strlen(line), name = strlen(library);
            if (length > name && !strcmp(line + length - name, library) && line[length - name - 1] == '/' &&
                sscanf(line, "%lx-%lx", &from, &to) == 2) {
                first = first ? first : from;
                last = to;
            }
        }
        fclose(maps);
    }
    atomic_store(&high, last);
    atomic_store(&low, first);
    atomic_flag_clear(&busy);
}

static int is_of_library(void *caller) {
    uintptr_t from = atomic_load_explicit(&low, memory_order_relaxed);
    if (!library) { return 0; }
    if (!from) {
        /* Nothing worth finding is in memory before the first calls. */
        static __thread int inside;
        if (!inside && atomic_fetch_add(&calls, 1) % 64 == 0) {
            inside = 1;
            find_library();
            inside = 0;
        }
        return 0;
    }
    return (uintptr_t)caller >= from && (uintptr_t)caller < atomic_load_explicit(&high, memory_order_relaxed);
}

static void look(const void *block) {
    size_t size = malloc_usable_size((void *)block);
    atomic_fetch_add(&blocks, 1);
    for (size_t at = 0; at < count; at++) {
        if (memmem(block, size, texts[at].bytes, texts[at].length)) { atomic_fetch_add(&texts[at].hits, 1); }
    }
}

/* What an earlier owner left in the block is not the library's. */
static void *fresh(void *block) { return block ? memset(block, 0, malloc_usable_size(block)) : NULL; }

void *malloc(size_t size) {
    void *block = __libc_malloc(size);
    return is_of_library(__builtin_return_address(0)) ? fresh(block) : block;
}

void *calloc(size_t items, size_t size) {
    void *block = __libc_calloc(items, size);
    return is_of_library(__builtin_return_address(0)) ? fresh(block) : block;
}

int posix_memalign(void **place, size_t alignment, size_t size) {
    void *block = __libc_memalign(alignment, size);
    if (!block) { return ENOMEM; }
    *place = is_of_library(__builtin_return_address(0)) ? fresh(block) : block;
    return 0;
}

void free(void *block) {
    if (block && is_of_library(__builtin_return_address(0))) { look(block); }
    __libc_free(block);
}

/* Always moves what the library grows, as an allocator may. */
void *realloc(void *block, size_t size) {
    if (!block || !is_of_library(__builtin_return_address(0))) { return __libc_realloc(block, size); }
    void *moved = fresh(__libc_malloc(size));
    if (!moved) { return NULL; }
    size_t known = malloc_usable_size(block);
    memcpy(moved, block, known < size ? known : size);
    look(block);
    __libc_free(block);
    return moved;
}
