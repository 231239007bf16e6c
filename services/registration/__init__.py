"""Registration: people around their return, sentinels' reports, transfers to central quarantine.

Owns      tables return_record, symptom_report and transfer (what holds); return_statement, symptom_statement
          and transfer_statement (everything that was said, append-only); return_reference, return_facts and
          return_route (what one return is, under all its references); risk_area and what follows from its
          changes; plan with its versions, stages and tests
Reads     nothing from the bus yet
Publishes registration.return-known, return-registered, return-withdrawn, person-returned, plan-decided,
          plan-withdrawn, test-due, test-dropped, symptom-seen, symptom-reported,
          central-quarantine-decided, quarantine-arrived
Clauses   渡建胜肺炎组发〔2021〕2号 §16 (registration of returns), §17 (sentinels), §7 (transfers);
          渝肺炎组发〔2021〕1号, sentinel sentence
"""
