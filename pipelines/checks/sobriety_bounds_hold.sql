-- What is known lies between counting every unknown day as use and counting every unknown day as abstinent.
SELECT client_id FROM client_now WHERE pda_90 < pda_90_low - 1e-9 OR pda_90 > pda_90_high + 1e-9
