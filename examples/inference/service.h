/* What is done with one request. */
#ifndef INFERENCE_SERVICE_H
#define INFERENCE_SERVICE_H

#include <stdint.h>

/* Answers a request; returns a checksum of the answer. */
uint64_t serve(int request);

#endif
