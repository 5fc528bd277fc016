-- Each customer becomes a billing account of its own, named by the first of its projects.
INSERT INTO `billing_accounts` (`id`, `name`, `stripe_customer_id`, `created_at`)
SELECT MIN(`id`), `name`, `stripe_customer_id`, `created_at` FROM `projects`
WHERE `stripe_customer_id` IS NOT NULL GROUP BY `stripe_customer_id`;--> statement-breakpoint
UPDATE `projects` SET `billing_account_id` = (
	SELECT `id` FROM `billing_accounts` WHERE `billing_accounts`.`stripe_customer_id` = `projects`.`stripe_customer_id`
);--> statement-breakpoint
ALTER TABLE `projects` DROP COLUMN `stripe_customer_id`;
