#include "queue.h"

void queue_open(struct queue *q)
{
    *q = (struct queue){.closed = false};
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
}

void queue_put(struct queue *q, int request)
{
    pthread_mutex_lock(&q->lock);
    while (q->put - q->taken == QUEUE_SIZE)
        pthread_cond_wait(&q->changed, &q->lock);
    q->requests[q->put++ % QUEUE_SIZE] = request;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

int queue_take(struct queue *q)
{
    int request = QUEUE_CLOSED;

    pthread_mutex_lock(&q->lock);
    while (q->put == q->taken && !q->closed)
        pthread_cond_wait(&q->changed, &q->lock);
    if (q->put != q->taken)
        request = q->requests[q->taken++ % QUEUE_SIZE];
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    return request;
}

void queue_close(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}
