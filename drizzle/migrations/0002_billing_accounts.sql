CREATE TABLE `billing_accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`email` text,
	`stripe_customer_id` text,
	`subscription_id` text,
	`subscription_status` text,
	`past_due_since` integer,
	`subscription_read_at` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `billing_accounts_by_customer` ON `billing_accounts` (`stripe_customer_id`);--> statement-breakpoint
CREATE TABLE `stripe_events` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`received_at` integer NOT NULL,
	`processed_at` integer
);
--> statement-breakpoint
CREATE INDEX `stripe_events_by_time` ON `stripe_events` (`received_at`);--> statement-breakpoint
CREATE TABLE `usage_days` (
	`project_id` text NOT NULL,
	`day` integer NOT NULL,
	`seconds` integer NOT NULL,
	PRIMARY KEY(`project_id`, `day`)
);
--> statement-breakpoint
ALTER TABLE `projects` ADD `billing_account_id` text REFERENCES billing_accounts(id);--> statement-breakpoint
ALTER TABLE `projects` ADD `monthly_limit_seconds` integer;--> statement-breakpoint
ALTER TABLE `projects` ADD `stops_at_limit` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `projects_by_billing_account` ON `projects` (`billing_account_id`);