"""Testing: the laboratory side (not test code).

Owns      by area:
          results       sample_result: results by sample and revision, by week; result_key: each once
          tubes         tube, sample and tube_step (by week), pool, pool_member, pooled_result, open_member,
                        second_look: the chain of each sample, and what became of pools
          due           sampling_point, due_test, taken_sample (by week), base_number, category_member,
                        due_period, due_round, coverage_day: who and what is due, and how much is done;
                        person_merge, same_person: people under two records; lot_telling: blocked goods
          campaigns     campaign, campaign_plan, resident (the register of households), campaign_queue,
                        and what was counted: campaign_delta, campaign_hour, campaign_point
Reads     registration: tests of plans and departures, symptoms seen and flagged, rounds of quarantine sites,
          people merged, lots blocked; reporting: cases opened and withdrawn
Publishes what `shared/contracts/testing` lists, a file an area
Clauses   渡建胜肺炎组发〔2021〕2号 §19, 渝肺炎组发〔2021〕1号 §20: a positive starts the direct report;
          渡建胜肺炎组发〔2021〕2号 §9, §11, §17, 渝肺炎组发〔2021〕1号 §8: everybody due is tested;
          渝肺炎组发〔2021〕1号 §8, §17: village reports, township samples, county tests
          渡建胜肺炎组发〔2021〕2号 §6, 渝肺炎组发〔2021〕1号 §5: a whole population in its days
"""
