#include "report/mann_whitney.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* What is needed of two sorted sets. */
struct ranks {
    double u;    /* pairs in which a's value is the larger one; equal ones count half */
    double ties; /* sum over groups of t equal values of t^3 - t */
};

static struct ranks rank(const double *a, size_t na, const double *b, size_t nb)
{
    struct ranks r = {0, 0};
    size_t i = 0, j = 0;

    while (i < na || j < nb) {
        double value = j >= nb || (i < na && a[i] < b[j]) ? a[i] : b[j];
        size_t before = j, in_a = 0, in_b = 0;

        for (; i < na && a[i] == value; i++)
            in_a++;
        for (; j < nb && b[j] == value; j++)
            in_b++;
        r.u += (double)in_a * ((double)before + (double)in_b / 2);
        r.ties += pow((double)(in_a + in_b), 3) - (double)(in_a + in_b);
    }
    return r;
}

/* The number of orders of NA and NB values for each u from 0 to NA * NB, in WAYS: by the largest
   value, which is of the one set or of the other. */
static void count_orders(size_t na, size_t nb, double *ways)
{
    /* counts[j][u], of orders of i values of a and j of b */
    enum { MOST = MANN_WHITNEY_EXACT * MANN_WHITNEY_EXACT + 1 };
    static double counts[MANN_WHITNEY_EXACT + 1][MOST];
    size_t i, j, u;

    memset(counts, 0, sizeof(counts));
    for (j = 0; j <= nb; j++)
        counts[j][0] = 1;
    for (i = 1; i <= na; i++)
        for (j = 1; j <= nb; j++)
            for (u = i * j + 1; u-- > 0;)
                counts[j][u] = (u >= j ? counts[j][u - j] : 0) + counts[j - 1][u];
    memcpy(ways, counts[nb], (na * nb + 1) * sizeof(*ways));
}

static double exact(double u, size_t na, size_t nb)
{
    double ways[MANN_WHITNEY_EXACT * MANN_WHITNEY_EXACT + 1], all = 0, tail = 0;
    double low = fmin(u, (double)(na * nb) - u);
    size_t i;

    count_orders(na, nb, ways);
    for (i = 0; i <= na * nb; i++) {
        all += ways[i];
        tail += (double)i <= low ? ways[i] : 0;
    }
    return fmin(1, 2 * tail / all);
}

static double approximate(const struct ranks *r, double na, double nb)
{
    double n = na + nb;
    double variance = na * nb / 12 * (n + 1 - r->ties / (n * (n - 1)));
    double distance = fabs(r->u - na * nb / 2) - 0.5;

    if (variance <= 0 || distance <= 0)
        return 1;
    return erfc(distance / sqrt(variance) / sqrt(2));
}

double mann_whitney(double *a, size_t na, double *b, size_t nb)
{
    struct ranks r;

    if (na == 0 || nb == 0)
        return 1;
    qsort(a, na, sizeof(*a), compare);
    qsort(b, nb, sizeof(*b), compare);
    r = rank(a, na, b, nb);
    if (r.ties == 0 && na <= MANN_WHITNEY_EXACT && nb <= MANN_WHITNEY_EXACT)
        return exact(r.u, na, nb);
    return approximate(&r, (double)na, (double)nb);
}

static int compare_pointers(const void *a, const void *b)
{
    return compare(*(double *const *)a, *(double *const *)b);
}

int mann_whitney_holm(double *p, size_t n)
{
    double **order = calloc(n + 1, sizeof(*order)), least = 0;
    size_t i;

    if (!order)
        return -1;
    for (i = 0; i < n; i++)
        order[i] = &p[i];
    qsort(order, n, sizeof(*order), compare_pointers);
    for (i = 0; i < n; i++) {
        least = fmax(least, fmin(1, *order[i] * (double)(n - i)));
        *order[i] = least;
    }
    free(order);
    return 0;
}
