"""No main guard: works where workers are forked, and starts workers without end where they are not."""

from multiprocessing import Pool


def count_words(line):
    return len(line.split())


def main():
    lines = ["the quick brown fox", "jumps over", "the lazy dog"]
    with Pool(2) as pool:
        print(sum(pool.map(count_words, lines)))


main()
