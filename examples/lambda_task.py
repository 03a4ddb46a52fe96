"""A lambda as a task: no start method can send it."""

from concurrent.futures import ProcessPoolExecutor


def prices_with_tax(prices, rate):
    with ProcessPoolExecutor(2) as executor:
        return list(executor.map(lambda price: round(price * (1 + rate), 2), prices))


if __name__ == "__main__":
    print(prices_with_tax([10, 25, 40], 0.2))
