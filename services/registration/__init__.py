"""Registration: people around their return, sentinels' reports, central quarantine.

Owns      tables return_record, symptom_report and transfer (what holds); return_statement, symptom_statement
          and transfer_statement (everything that was said, append-only); return_reference, return_facts and
          return_route (what one return is, under all its references); risk_area and what follows from its
          changes; plan with its versions, stages and tests; quarantine_site, quarantine_room,
          quarantine_bed and room_stay (who stays in which bed), infected_case (what the reserve of rooms
          is reckoned from), site_round, site_positive and site_contact
Reads     testing's results; reporting.case-opened and case-withdrawn, for the reserve of rooms
Publishes registration.return-known, return-registered, return-withdrawn, person-returned, plan-decided,
          plan-withdrawn, test-due, test-dropped, symptom-seen, symptom-reported,
          central-quarantine-decided, transfer-requested, quarantine-arrived, transfer-withdrawn,
          site-opened, site-closed, backup-sites-called-up, quarantine-rooms-short, site-round-due, moved-out
Clauses   渡建胜肺炎组发〔2021〕2号 §16 (registration of returns), §17 (sentinels), §7 and §11 (quarantine);
          渝肺炎组发〔2021〕1号, sentinel sentence
"""
