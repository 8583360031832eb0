"""What webhooks mean: from what Evolution API (1.8 to 2.4) or n8n sent to one fact. Pure, without a clock."""
