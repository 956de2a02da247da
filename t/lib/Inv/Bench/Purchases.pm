package Inv::Bench::Purchases;

# Purchases of one hot product and of many, without and with an Idempotency-Key,
# batched and one by one.  After each run the account is checked exactly.

use strict;
use warnings;

use Exporter qw(import);
use Test::More;

use Inv::Bench::Account qw(begin account);
use Inv::Bench::Load    qw(wrk);
use Inv::Bench::Service qw(create_many);

our @EXPORT_OK = qw(purchase_targets check_account);

use constant FIRST_STOCK => 1_000_000_000;

my $runs = 0;

# What is measured, as Inv::Bench::Table has it.  buy: t, seconds, lua: wrk's
# script, many: how many those are, what: hot, many; keys: no, yes; batches: of
# inventory_batch, the second is compared with; nginx: of a batch and a number
# of workers.
sub purchase_targets {
    my (%buy) = @_;
    $buy{products} = [ create_many($buy{t}, $buy{many}, FIRST_STOCK) ]
        if grep { $_ eq 'many' } @{ $buy{what} };
    return map {
        my $what = $_;
        map { targets_of(\%buy, $what, $_ eq 'yes') } @{ $buy{keys} }
    } @{ $buy{what} };
}

sub targets_of {
    my ($buy, $what, $keyed) = @_;
    my $name = $keyed ? "$what, keyed" : $what;
    my @batches = @{ $buy->{batches} };
    return map {
        my $batch = $_;
        my $first = $batch == $batches[0];
        {   name => $first ? $name : "$name, batch $batch",
            base => [ $first && $batches[1] ? "$name, batch $batches[1]" : () ],
            hidden => !$first,
            run    => sub { run($buy, $what, $keyed, $batch, @_) },
        }
    } reverse @batches;
}

# wrk leaves without waiting for what it has sent last, which is one request a
# connection at most: these may have been carried out, whatever becomes of them.
# A purchase that was answered with an error is undone, but for a keyed one,
# whose truth another attempt would be told.
sub run {
    my ($buy, $what, $keyed, $batch, $workers, $connections) = @_;
    my $t = $buy->{t};
    my @products
        = $what eq 'hot'
        ? create_many($t, 1, FIRST_STOCK)
        : @{ $buy->{products} };
    my $paths = $t->write_file('paths',
        join '', map { $t->path($_, 'purchase') . "\n" } @products);
    my $begun = begin($t->mongo, map { $_->{id} } @products);
    my $result = wrk(
        nginx       => $buy->{nginx}->($batch, $workers),
        connections => $connections,
        seconds     => $buy->{seconds},
        path        => '/',
        lua         => $buy->{lua},
        words => [ $paths, $keyed ? sprintf('%d-%d', $$, ++$runs) : () ],
    );
    my $name = "$what at $connections";
    my $most = $connections + ($keyed ? $result->{failed} : 0);
    my $account = check_account($begun, $result, $most, $name);
    is($account->{keyed}, $keyed ? $account->{purchased} : 0,
        "$name: each has its key, or none has one");
    is($result->{refused} + $result->{broken},
        0, "$name: nobody is refused or cut off");

    $result->{account} = sprintf '%d sold of %d, %.1f a batch',
        $account->{sold}, $result->{sold}, $account->{by_batch};
    $result->{account} .= ", $account->{undone} undone" if $account->{undone};
    $result->{account} .= ", $result->{failed} errors"  if $result->{failed};
    return $result;
}

# What was answered is sold, and at most so many more; the books balance.
sub check_account {
    my ($begun, $result, $more, $name) = @_;
    my $account = account($begun);
    cmp_ok($account->{sold}, '>=', $result->{sold},
        "$name: what was answered is sold");
    cmp_ok($account->{sold}, '<=', $result->{sold} + $more,
        "$name: and nothing else is");
    is(join("\n", splice @{ $account->{wrong} }, 0, 10),
        '', "$name: the books balance");
    $account->{by_batch} = ($account->{purchased} + $account->{undone})
        / ($account->{entries} || 1);
    return $account;
}

1;
