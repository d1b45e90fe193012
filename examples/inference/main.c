/*
 * An inference service in small: requests go through a queue to worker threads, which tokenise
 * them, let a model write an answer, and keep a checksum of it.
 *
 *   inference [--requests N] [--threads N]
 */
#include "model.h"
#include "queue.h"
#include "service.h"
#include "vocabulary.h"
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_THREADS 64

struct worker {
    pthread_t thread;
    struct queue *requests;
    uint64_t checksum;
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    int request;

    while ((request = queue_take(worker->requests)) != QUEUE_CLOSED)
        worker->checksum += serve(request);
    return NULL;
}

/* The number that follows the option NAME, between 1 and MAX, or OTHERWISE. */
static int option(char **argv, const char *name, int max, int otherwise)
{
    for (; *argv; argv++) {
        if (strcmp(*argv, name) != 0)
            continue;
        int value = argv[1] ? atoi(argv[1]) : 0;
        if (value < 1 || value > max) {
            fprintf(stderr, "inference: %s takes a number from 1 to %d\n", name, max);
            exit(2);
        }
        return value;
    }
    return otherwise;
}

int main(int argc, char **argv)
{
    int requests = option(argv + (argc > 0), "--requests", 1000000, 1000);
    int threads = option(argv + (argc > 0), "--threads", MAX_THREADS, 4);
    static struct worker workers[MAX_THREADS];
    struct queue queue;
    uint64_t checksum = 0;

    vocabulary_load();
    model_load();
    queue_open(&queue);
    for (int i = 0; i < threads; i++) {
        workers[i].requests = &queue;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
            perror("inference: pthread_create");
            return 1;
        }
    }
    for (int request = 0; request < requests; request++)
        queue_put(&queue, request);
    queue_close(&queue);
    for (int i = 0; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        checksum += workers[i].checksum;
    }
    printf("%d requests answered, checksum %016llx\n", requests, (unsigned long long)checksum);
    return 0;
}
