# What make_profiles.sh profiles, with every Python from 2.7 on.


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n != 0 and even(n - 1)


class Shelf(object):
    def __init__(self, books):
        self.books = sorted(books, key=lambda book: -book)

    def __len__(self):
        return len(self.books)


fib(7)
even(5)
odd(2)
len(Shelf([3, 1, 2]))
