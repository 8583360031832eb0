"""What happens, on its way to clinics' own systems: signed calls, their answers, destinations that rest."""
