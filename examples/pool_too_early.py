"""The second error: "Can't get attribute 'single' on module '__main__'"."""

import multiprocessing

pool = multiprocessing.Pool(2)


class OtherClass:
    def run(self, sentence, graph):
        return graph in sentence


def single(params):
    other = OtherClass()
    sentences, graph = params
    return [other.run(sentence, graph) for sentence in sentences]


class SomeClass:
    def __init__(self):
        self.sentences = [["Some string", "some more"], ["another one"]]
        self.graphs = ["string", "one"]

    def some_method(self):
        return list(pool.map(single, zip(self.sentences, self.graphs)))


print(SomeClass().some_method())
pool.close()
pool.join()
