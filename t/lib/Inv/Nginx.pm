package Inv::Nginx;

# One nginx with the module: its folder, its configuration, its processes and
# what it says in its log.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Copy     qw(copy);
use IO::Socket::INET;

use Inv::Process qw(wait_until children_of);

# What no log may hold: nginx's own cries, and those of the sanitizers.
my $BAD = qr/\[(?:emerg|alert|crit)\]|AddressSanitizer|LeakSanitizer
             |ThreadSanitizer|runtime\ error:|exited\ with\ code\ [1-9]/x;

sub binary { return $ENV{TEST_NGINX_BINARY} // 'nginx' }

sub module {
    my $root = $ENV{TEST_ROOT}
        // dirname(dirname(dirname(dirname(abs_path(__FILE__)))));
    my $file = $ENV{TEST_NGINX_MODULE}
        // "$root/build/ngx_inventory_module.so";
    return abs_path($file) // die "$file: not built\n";
}

# dir: its own, exists.  port: one that it listens on.
sub new {
    my ($class, %opt) = @_;
    return bless { %opt, allowed => [] }, $class;
}

sub write_config {
    my ($self, $text) = @_;
    open my $out, '>', "$self->{dir}/nginx.conf" or die "nginx.conf: $!\n";
    print {$out} $text;
    close $out or die "nginx.conf: $!\n";
    return $self;
}

sub command {
    my ($self, @more) = @_;
    return (binary(), '-p', $self->{dir}, '-c', "$self->{dir}/nginx.conf",
        '-e', "$self->{dir}/error.log", @more);
}

# nginx -t: (true when it took the configuration, what it said).
sub check {
    my ($self) = @_;
    # It ends without giving back what it has read: no leak of ours.
    local $ENV{ASAN_OPTIONS} = join ':', $ENV{ASAN_OPTIONS} // (),
        'detect_leaks=0';
    my $process = Inv::Process->start("$self->{dir}/check.log",
        $self->command('-t'));
    my $status = $process->wait_end(20);
    my $output = $process->output;
    unlink "$self->{dir}/check.log";
    return (defined $status && $status == 0, $output);
}

# What LeakSanitizer is told of nginx's own leavings, for the environment of
# whoever starts nginx.
sub leak_options {
    my ($self) = @_;
    return $ENV{LSAN_OPTIONS} if defined $ENV{LSAN_OPTIONS};
    # Read by workers, which are nobody, who cannot enter every checkout.
    my $file = "$self->{dir}/leaks.supp";
    copy(dirname(dirname(__FILE__)) . '/leaks.supp', $file)
        or die "leaks.supp: $!\n";
    return "print_suppressions=0:suppressions=$file";
}

sub start {
    my ($self) = @_;
    local $ENV{LSAN_OPTIONS} = $self->leak_options;
    $self->{process} = Inv::Process->start("$self->{dir}/stderr.log",
        $self->command('-g', 'daemon off;'));
    wait_until(sub { defined $self->{process}->ended || $self->_listens })
        && !defined $self->{process}->ended
        or die "nginx did not start:\n", $self->{process}->output, $self->log;
    return $self;
}

# A worker, not only the master, must have come up.
sub _listens {
    my ($self) = @_;
    return $self->workers && IO::Socket::INET->new(
        PeerAddr => '127.0.0.1',
        PeerPort => $self->{port},
        Timeout  => 1,
    );
}

sub signal  { my ($self, $name) = @_; return $self->{process}->signal($name) }
sub pid     { my ($self) = @_; return $self->{process}->pid }
sub workers { my ($self) = @_; return children_of($self->{process}->pid) }

# The wait status once the master has ended, undef when it does not in time.
sub wait_end {
    my ($self, $seconds) = @_;
    return $self->{process}->wait_end($seconds);
}

# Reads the configuration again; true once only workers of it are left.
sub reload {
    my ($self) = @_;
    my %old = map { $_ => 1 } $self->workers;
    $self->signal('HUP');
    return wait_until(
        sub {
            my @now = $self->workers;
            return @now && !grep { $old{$_} } @now;
        }
    );
}

sub log {
    my ($self) = @_;
    open my $in, '<', "$self->{dir}/error.log" or return '';
    local $/;
    return scalar <$in> // '';
}

# Lines that the test itself provokes, as regular expressions.
sub allow {
    my ($self, @patterns) = @_;
    push @{ $self->{allowed} }, @patterns;
    return;
}

# Ends it and tells what was wrong with its life: a list of texts.
sub finish {
    my ($self) = @_;
    my @wrong;
    if ($self->{process}) {
        my $stopped = $self->{process}->stop('QUIT', 30);
        my $status  = $self->{process}->ended;
        push @wrong, 'did not end on QUIT' if !$stopped;
        push @wrong, sprintf 'ended with status %#x', $status
            if $stopped && $status;
        push @wrong, map {"stderr: $_"} $self->_bad_lines(
            $self->{process}->output);
    }
    return (@wrong, $self->_bad_lines($self->log));
}

sub _bad_lines {
    my ($self, $text) = @_;
    my @lines = grep {/$BAD/} split /\n/, $text;
    for my $pattern (@{ $self->{allowed} }) {
        @lines = grep { !/$pattern/ } @lines;
    }
    return @lines;
}

1;
