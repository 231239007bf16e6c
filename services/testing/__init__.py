"""Testing: the laboratory side (not test code).

Owns      by area:
          results       sample_result: results by sample and revision, by week; result_key: each once
Reads     nothing from the bus yet
Publishes what `shared/contracts/testing` lists, a file an area
Clauses   渡建胜肺炎组发〔2021〕2号 §19, 渝肺炎组发〔2021〕1号 §20: a positive result starts the direct report
"""
