/* A bounded queue of requests between threads. */
#ifndef INFERENCE_QUEUE_H
#define INFERENCE_QUEUE_H

#include <pthread.h>
#include <stdbool.h>

#define QUEUE_SIZE   32
#define QUEUE_CLOSED (-1)

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int requests[QUEUE_SIZE];
    unsigned put, taken; /* so many so far */
    bool closed;
};

void queue_open(struct queue *q);

/* Waits while the queue is full. */
void queue_put(struct queue *q, int request);

/* Waits for the next request; QUEUE_CLOSED: there will be none. */
int queue_take(struct queue *q);

void queue_close(struct queue *q);

#endif
