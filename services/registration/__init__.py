"""Registration: people around their return, from before they come until they are released; and their places.

Owns      by area, each with what holds and everything that was said (append-only):
          people      person, preregistration, suspects, merges, unmaskings
          returns     return_record with its statements, references, facts and route
          plans       risk_area, plan with versions, stages and tests, hand-overs, release_certificate
          care        responsible people and what they answer for, charges, health reports, symptom episodes
          sentinels   the register of sentinels, symptom_report, drug sales and their follow-ups
          quarantine  quarantine_site with rooms, beds and stays, transfer, the reserve, rounds
          places      place with its people, inspections and findings, cold_chain_lot, gathering
          movement    departures, assistance notices and their matches
Reads     testing's results of samples; reporting.case-opened and case-withdrawn, for the reserve of rooms
Publishes what `shared/contracts/registration` lists, a file an area
Clauses   渡建胜肺炎组发〔2021〕2号 §5, §7, §8, §10 to §18; 渝肺炎组发〔2021〕1号 §8, §12, §14, §17 and
          the sentinel sentence
"""
