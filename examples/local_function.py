"""The first error: "Can't pickle local object 'SomeClass.some_method.<locals>.single'"."""

import multiprocessing


class OtherClass:
    def run(self, sentence, graph):
        return graph in sentence


class SomeClass:
    def __init__(self):
        self.sentences = [["Some string", "some more"], ["another one"]]
        self.graphs = ["string", "one"]

    def some_method(self):
        other = OtherClass()

        def single(params):
            sentences, graph = params
            return [other.run(sentence, graph) for sentence in sentences]

        with multiprocessing.Pool(2) as pool:
            return list(pool.map(single, zip(self.sentences, self.graphs)))


if __name__ == "__main__":
    print(SomeClass().some_method())
